"""What moved between two runs: accounts, classes, grades, ranks, and the money behind each move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keyacct_utils.review.account_review import NAME, Review
from keyacct_utils.review.columns import GRADINGS, LessonGrading
from keyacct_utils.review.record import ACCOUNT_ID

#: What an account without a value in one of the runs is called in a transition matrix.
JOINED, LEFT, NONE = "joined", "left", "-"
#: Money and rank of an account: name here, lesson and column that hold it.
_FIGURES = {"revenue": ("01", "amount"), "profit": ("04", "profit"), "rank": ("01", "rank")}
_SAID = {
    "book": "the book",
    "currency": "the currency",
    "period": "the period",
    "as_of": "the day of the data",
}


@dataclass(frozen=True)
class Measure:
    """One figure of the comparison; ``base`` is what a percentage is of, which nothing is where
    it is below zero; ``value`` is None where it cannot be told.
    """

    name: str
    value: float | None
    base: float
    unit: str
    says: str


@dataclass(frozen=True)
class Comparison:
    """What moved.

    Attributes
    ----------
    differences
        What is not the same about the two runs themselves; to be read first.
    accounts
        One row per account: account, account_id, status (joined, left, stayed), then ``X_old``,
        ``X_new`` of revenue, profit, rank and each grading; most money moved first.
    moves
        One row per grading and pair of classes that differ: accounts, revenue and profit, old and
        new.
    matrices
        Per grading the accounts by old class (rows) and new class (columns).
    measures
        By name, in the order in which they are shown.
    """

    differences: list[str]
    accounts: pd.DataFrame
    moves: pd.DataFrame
    matrices: dict[str, pd.DataFrame]
    measures: dict[str, Measure]
    currency: str


def compare(old: Review, new: Review) -> Comparison:
    """Compare two runs account by account; the order of rows never matters.

    Parameters
    ----------
    old, new : Review
        From `account_review.read_review`.

    Notes
    -----
    Money is left out where the currencies differ. A grading counts accounts that have a class in
    both runs; those that joined or left are counted apart. ``revenue moved`` is the sum of the
    absolute differences over all accounts, an absent account counting 0; ``revenue change`` is the
    difference of the totals.
    """
    same_money = old.run.get("currency") == new.run.get("currency")
    table = _accounts(old, new, same_money)
    gradings = [item for item in GRADINGS if f"{item.word}_old" in table]
    measures = {
        item.name: item
        for item in [
            *_membership(table),
            *_money(table, str(new.run.get("currency", "")), _uncosted(old, new)),
        ]
    }
    for item in GRADINGS:
        measures |= {measure.name: measure for measure in _changes(table, item, old, new)}
    measures |= {measure.name: measure for measure in _ranks(table)}
    return Comparison(
        differences(old, new),
        table,
        pd.concat([_moves(table, item) for item in gradings], ignore_index=True)
        if gradings
        else _no_moves(),
        {item.title: _matrix(table, item) for item in gradings},
        measures,
        str(new.run.get("currency", "")) if same_money else "",
    )


def differences(old: Review, new: Review) -> list[str]:
    """What is not the same about the runs themselves, in sentences."""
    found = [
        f"{word} differs: {old.run.get(key) or 'none'} and {new.run.get(key) or 'none'}"
        for key, word in _SAID.items()
        if old.run.get(key) != new.run.get(key)
    ]
    if old.run.get("currency") != new.run.get("currency"):
        found.append("money is left out: amounts in two currencies cannot be compared")
    if old.run.get("data_hash") and old.run.get("data_hash") == new.run.get("data_hash"):
        found.append(
            "the data are the same: what moved comes from parameters or versions"
            if old.run.get("period") == new.run.get("period")
            else "the data are the same: what moved comes from the period, parameters or versions"
        )
    before, after = (dict(review.run.get("parameters", {})) for review in (old, new))
    for name in sorted({*before, *after}):
        if name != "period" and before.get(name) != after.get(name):
            found.append(
                f"parameter {name} differs: {before.get(name, 'as declared')} "
                f"and {after.get(name, 'as declared')}"
            )
    versions = [str(review.run.get("versions", {}).get("keyacct", "")) for review in (old, new)]
    if versions[0] != versions[1]:
        found.append(
            "the version of keyacct differs: "
            f"{versions[0] or 'unknown'} and {versions[1] or 'unknown'}"
        )
    lessons = [
        {recorded.lesson for recorded in review.columns.values()} - {""} for review in (old, new)
    ]
    for only, word in ((lessons[0] - lessons[1], "old"), (lessons[1] - lessons[0], "new")):
        if only:
            found.append(
                f"only the {word} run has lesson {', '.join(sorted(only))}: "
                "its columns cannot be compared"
            )
    return found


def title_of(review: Review) -> str:
    """What a run is, in a line."""
    run = review.run
    made = (
        f"data {str(run.get('data_hash') or 'unknown')[:12]} "
        f"up to {run.get('as_of') or 'an undeclared day'}"
    )
    return (
        f"{run.get('book') or 'a book without name'}, "
        f"period {run.get('period') or 'unknown'}, {made}"
    )


def _accounts(old: Review, new: Review, same_money: bool) -> pd.DataFrame:
    sides = [review.accounts.set_index(ACCOUNT_ID) for review in (old, new)]
    ids = pd.Index(sorted({*sides[0].index, *sides[1].index}), name=ACCOUNT_ID, dtype="object")
    here = [pd.Series(ids.isin(side.index), index=ids) for side in sides]
    names = [side[NAME].astype("object").reindex(ids) for side in sides]
    table = pd.DataFrame({NAME: names[1].where(here[1], names[0])}, index=ids)
    table["status"] = np.select([~here[0], ~here[1]], [JOINED, LEFT], "stayed")
    for word, (lesson, column) in _FIGURES.items():
        if word != "rank" and not same_money:
            continue
        _both(table, word, old, new, lesson, column)
        if f"{word}_old" in table:
            pair = table[[f"{word}_old", f"{word}_new"]].astype("float64")
            # an account that is not there, or bought nothing, brings nothing; a rank it does not
            # have at all
            pair = pair if word == "rank" else pair.fillna(0.0)
            moved = (
                (pair.iloc[:, 0] - pair.iloc[:, 1])
                if word == "rank"
                else pair.iloc[:, 1] - pair.iloc[:, 0]
            )
            table[f"{word}_moved"] = moved.round(2)
    for item in GRADINGS:
        _both(table, item.word, old, new, item.lesson, item.name, text=True)
    size = table["revenue_moved"].abs() if "revenue_moved" in table else pd.Series(0.0, index=ids)
    order = size.fillna(0.0).sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index()[[NAME, ACCOUNT_ID, *table.columns.drop(NAME)]]


def _both(
    table: pd.DataFrame,
    word: str,
    old: Review,
    new: Review,
    lesson: str,
    name: str,
    text: bool = False,
) -> None:
    """Add the values of both runs, where both recorded them; levels are classes, not numbers."""
    found = [review.column(lesson, name) for review in (old, new)]
    values = [own for own in found if own is not None]
    if len(values) < len(found):
        return
    for side, review, own in zip(("old", "new"), (old, new), values, strict=True):
        if text:
            whole = own.astype("Int64") if pd.api.types.is_numeric_dtype(own) else own
            own = whole.astype("str").where(own.notna(), None)
        table[f"{word}_{side}"] = pd.Series(
            own.to_numpy(), index=review.accounts[ACCOUNT_ID]
        ).reindex(table.index)


def _membership(table: pd.DataFrame) -> list[Measure]:
    were = float((table["status"] != JOINED).sum())
    return [
        Measure(
            f"accounts {word}",
            float((table["status"] == word).sum()),
            were,
            "accounts",
            f"of {were:,.0f} in the old run",
        )
        for word in (JOINED, LEFT)
    ]


def _uncosted(old: Review, new: Review) -> str:
    """What is not known of the profits compared, where revenue has no cost of goods."""
    parts = []
    for word, review in (("old", old), ("new", new)):
        lacking, state = (review.column("04", name) for name in ("uncosted", "profit_known"))
        if lacking is None or state is None or (state == "part assumed").any():
            continue
        if amount := round(float(lacking.sum()), 2):
            parts.append(f"{amount:,.0f} in the {word} run")
    return f"; at most, since revenue has no cost of goods: {', '.join(parts)}" if parts else ""


def _money(table: pd.DataFrame, currency: str, unknown: str = "") -> list[Measure]:
    """Change and movement of revenue and profit; ``unknown`` says what is not known of the
    profits.
    """
    found = []
    for word in ("revenue", "profit"):
        if f"{word}_moved" not in table:
            lesson = _FIGURES[word][0]
            says = f"cannot be told: not in both runs (lesson {lesson}), or in two currencies"
            found += [
                Measure(f"{word} {what}", None, 0.0, "", says) for what in ("change", "moved")
            ]
            continue
        totals = [round(float(table[f"{word}_{side}"].sum()), 2) for side in ("old", "new")]
        told = f"from {totals[0]:,.0f} to {totals[1]:,.0f}"
        if word == "profit":
            told += unknown
        found.append(
            Measure(f"{word} change", round(totals[1] - totals[0], 2), totals[0], currency, told)
        )
        moved = round(float(table[f"{word}_moved"].abs().sum()), 2)
        found.append(
            Measure(
                f"{word} moved",
                moved,
                totals[0],
                currency,
                "up and down added, account by account",
            )
        )
    return found


def _changes(table: pd.DataFrame, item: LessonGrading, old: Review, new: Review) -> list[Measure]:
    words = ("changes", "rises", "falls") if item.order else ("changes",)
    if f"{item.word}_old" not in table:
        sides = [
            word
            for word, review in (("old", old), ("new", new))
            if review.column(item.lesson, item.name) is None
        ]
        says = (
            f"cannot be told: lesson {item.lesson} recorded no "
            f"{item.name} in the {' and the '.join(sides)} run"
        )
        return [Measure(f"{item.word} {word}", None, 0.0, "accounts", says) for word in words]
    pair = table[[f"{item.word}_old", f"{item.word}_new"]]
    if item.order:  # "unknown" is no grade
        pair = pair.where(pair.isin(item.order))
    pair = pair.dropna()
    changed, graded = pair.iloc[:, 0] != pair.iloc[:, 1], float(len(pair))
    places = pair.map({name: place for place, name in enumerate(item.order)}.get).astype("float64")
    step = places.iloc[:, 0] - places.iloc[:, 1]
    up, down = float((step > 0).sum()), float((step < 0).sum())
    says = (
        f"{item.title}{f', {up:,.0f} up and {down:,.0f} down' if item.order else ''}, "
        f"of {graded:,.0f} graded in both"
    )
    if "revenue_new" in table and changed.any():
        says += f"; they bring {table.loc[pair.index[changed], 'revenue_new'].sum():,.0f}"
    found = [Measure(f"{item.word} changes", float(changed.sum()), graded, "accounts", says)]
    if item.order:
        found.append(Measure(f"{item.word} rises", up, graded, "accounts", "to a better class"))
        found.append(Measure(f"{item.word} falls", down, graded, "accounts", "to a worse class"))
    return found


def _ranks(table: pd.DataFrame) -> list[Measure]:
    if "rank_moved" not in table:
        says = "cannot be told: lesson 01 recorded no rank in both runs"
        return [
            Measure(name, None, 0.0, "", says) for name in ("rank changes", "largest rank move")
        ]
    moved = table["rank_moved"].dropna().abs()
    largest = float(moved.max()) if len(moved) else 0.0
    return [
        Measure(
            "rank changes",
            float((moved > 0).sum()),
            float(len(moved)),
            "accounts",
            f"of {len(moved):,} ranked in both",
        ),
        Measure("largest rank move", largest, float(len(moved)), "places", "up or down"),
    ]


def _classes(table: pd.DataFrame, item: LessonGrading) -> pd.DataFrame:
    """Old and new class of every account, with a word for those that have none."""
    old = table[f"{item.word}_old"].where(table["status"] != JOINED, JOINED).fillna(NONE)
    new = table[f"{item.word}_new"].where(table["status"] != LEFT, LEFT).fillna(NONE)
    return pd.DataFrame(
        {"from": old.astype("object"), "to": new.astype("object")}, index=table.index
    )


def _matrix(table: pd.DataFrame, item: LessonGrading) -> pd.DataFrame:
    pair = _classes(table, item)
    seen = {*pair["from"], *pair["to"]} - {JOINED, LEFT, NONE}
    order = [name for name in item.order if name in seen] + sorted(seen - {*item.order})
    rows = [*order, *(name for name in (NONE, JOINED) if (pair["from"] == name).any())]
    columns = [*order, *(name for name in (NONE, LEFT) if (pair["to"] == name).any())]
    return pd.crosstab(pair["from"], pair["to"]).reindex(index=rows, columns=columns, fill_value=0)


def _moves(table: pd.DataFrame, item: LessonGrading) -> pd.DataFrame:
    pair = _classes(table, item)
    changed = pair["from"] != pair["to"]
    money = [
        f"{word}_{side}"
        for word in ("revenue", "profit")
        for side in ("old", "new")
        if f"{word}_{side}" in table
    ]
    if not changed.any():
        return _no_moves()
    grouped = pd.concat([pair[changed], table.loc[changed, money]], axis=1).groupby(["from", "to"])
    moves = pd.concat(
        [grouped.size().rename("accounts"), grouped[money].sum().round(2)], axis=1
    ).reset_index()
    moves.insert(0, "grading", item.title)
    return moves.sort_values(
        ["accounts", "from", "to"], ascending=[False, True, True], ignore_index=True
    )


def _no_moves() -> pd.DataFrame:
    return pd.DataFrame(columns=["grading", "from", "to", "accounts"])
