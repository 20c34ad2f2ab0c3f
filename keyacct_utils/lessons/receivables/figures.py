"""The plots that only the lesson on receivables needs: wait, river, rolls, discounts, terms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from keyacct_utils.lessons.showing.figures import _figure, _height, _need, _styled, percent_ticks
from keyacct_utils.lessons.showing.style import FILL_COLOURS, INK, LINE_COLOURS, label

_ALL, _PAID = LINE_COLOURS[0], LINE_COLOURS[1]
#: From not due (pale) to long overdue (dark red), told apart by lightness too.
_AGES = ("#DCE9F2", "#F5E3B3", "#F0C05A", "#DE8A2B", "#9C3A12", "#6B2A10", "#401708")


@_styled
def wait_plot(curve: pd.DataFrame, title: str, xlabel: str, last: int) -> Figure:
    """How long does an invoice stay unpaid, with the open ones and without?

    Parameters
    ----------
    curve : DataFrame
        unpaid and, where something was paid, paid_only (shares), indexed by days.
    last : int
        Day at which the axis ends.
    """
    _need("curve", curve, ("unpaid",))
    fig, axes = _figure(title, xlabel, "share still unpaid")
    shown = curve[curve.index <= last]
    days = np.concatenate([[0], shown.index.to_numpy(), [last]])
    names = [("unpaid", "all invoices", _ALL, 1), ("paid_only", "paid ones alone", _PAID, -1)]
    for column, text, colour, _ in names:
        if column not in shown or shown[column].isna().any():
            continue
        values = np.concatenate([[1.0], shown[column].to_numpy(), [shown[column].iloc[-1]]])
        axes.step(
            days, values, where="post", color=colour, label=text,
            linestyle="-" if column == "unpaid" else "--",
        )  # fmt: skip
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0, last)
    percent_ticks(axes.yaxis)
    axes.legend(loc="upper right", frameon=False)
    return fig


def in_unit_of(value: float, top: float) -> str:
    """A tick in the unit of the largest amount of its axis: "0.5 bn" below "2 bn"."""
    for size, word in ((1e9, " bn"), (1e6, " m"), (1e3, " k")):
        if top >= size:
            return f"{value / size:g}{word}" if value else "0"
    return f"{value:g}"


@_styled
def river_plot(river: pd.DataFrame, title: str, ylabel: str) -> Figure:
    """How did the receivables age from month to month?

    Parameters
    ----------
    river : DataFrame
        Amounts by bucket (columns, from not due to the oldest), one row per day.
    """
    _need("river", river)
    fig, axes = _figure(title, "end of month", ylabel)
    colours = [_AGES[min(n, len(_AGES) - 1)] for n in range(river.shape[1])]
    axes.stackplot(
        river.index, river.to_numpy().T, colors=colours, labels=list(map(label, river.columns)),
        edgecolor="white", linewidth=0.4,
    )  # fmt: skip
    top = float(river.sum(axis=1).max())
    axes.yaxis.set_major_formatter(lambda value, _: in_unit_of(value, top))
    axes.set_xlim(river.index[0], river.index[-1])
    axes.set_ylim(0, 1.02 * float(river.sum(axis=1).max()) or 1)
    ticks = river.index[:: max(1, len(river) // 6)]
    axes.set_xticks(ticks, [f"{day:%Y-%m}" for day in ticks])
    handles, texts = axes.get_legend_handles_labels()
    fig.legend(handles, texts, loc="outside lower center", ncols=min(len(texts), 5))
    return fig


@_styled
def roll_plot(rates: pd.DataFrame, title: str) -> Figure:
    """Where are the accounts of a state a month later? Rows add up to 100 %."""
    _need("rates", rates)
    fig, axes = _figure(title, "a month later", "days past due now", height=_height(len(rates) + 5))
    shown = rates.map(lambda value: f"{100 * value:.0f} %" if value >= 0.005 else "")
    sns.heatmap(
        rates, annot=shown, fmt="", cmap="Blues", vmin=0, vmax=1, cbar=False, linewidths=2,
        linecolor="white", ax=axes,
    )  # fmt: skip
    axes.set(xlabel="a month later", ylabel="days past due now")
    axes.set_yticks(axes.get_yticks(), [label(name) for name in rates.index], rotation=0)
    axes.grid(visible=False)
    return fig


@_styled
def discount_plot(table: pd.DataFrame, title: str, marks: Sequence[float]) -> Figure:
    """Which discount is as good as waiting, by days and by what is lost to default?

    Parameters
    ----------
    table : DataFrame
        Discounts (fractions) by days (index), one column per default loss, named as shown.
    marks : sequence of float
        Days at which the wait of this book lies; may be empty.
    """
    _need("table", table)
    fig, axes = _figure(title, "days that we would wait", "discount that is as good")
    for number, name in enumerate(table.columns):
        colour = LINE_COLOURS[number % (len(LINE_COLOURS) - 1)]
        axes.plot(table.index, table[name], color=colour)
        axes.annotate(
            label(name), (table.index[-1], table[name].iloc[-1]), (6, 0),
            textcoords="offset points", va="center", fontsize=9, color=colour,
        )  # fmt: skip
    for mark in marks:
        axes.axvline(mark, color=LINE_COLOURS[-1], linewidth=1, linestyle=":")
    axes.set_xlim(0, 1.22 * float(table.index[-1]))
    axes.set_xticks(list(table.index))
    axes.set_ylim(bottom=0)
    percent_ticks(axes.yaxis)
    return fig


@_styled
def worth_plot(table: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """What are 100 that were invoiced worth, by terms? Bars of time and of what is open, and what
    is left.

    Parameters
    ----------
    table : DataFrame
        time and lost (of 100), indexed by terms.
    """
    _need("table", table, ("time", "lost"))
    fig, axes = _figure(title, xlabel, height=_height(len(table) + 2))
    rows = np.arange(len(table))
    axes.barh(rows, table["time"], color=FILL_COLOURS[0], height=0.6, label="the wait")
    axes.barh(
        rows, table["lost"], left=table["time"], color=FILL_COLOURS[1], height=0.6,
        label="still open, lost at most",
    )  # fmt: skip
    for row, whole in enumerate(table["time"] + table["lost"]):
        axes.annotate(
            f"{whole:.2f}", (max(whole, 0), row), (4, 0), textcoords="offset points", va="center",
            fontsize=9, color=INK,
        )  # fmt: skip
    axes.set_yticks(rows, [label(name) for name in table.index])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.grid(visible=False)
    axes.set_xlim(0, 1.15 * max(float((table["time"] + table["lost"]).max()), 0.01))
    fig.legend(loc="outside lower center", ncols=2)
    return fig
