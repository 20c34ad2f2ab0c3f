"""Lesson 02: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.qualification import features as qualification
from keyacct_utils.lessons.shared.criteria_weights import RANDOM_INDEX_SAATY_1980
from keyacct_utils.truth.planted import Item, Naive, Truth, stated
from keyacct_utils.world import build_core

#: Size of the synthetic book.
_FULL, _MONTHS = 600, 48


def _accounts(truth: Truth) -> pd.DataFrame:
    """The CSV of the truth, one row per account; it comes under the name of its file with
    ``.csv``.
    """
    return truth["qualification.csv"].set_index("account_id")


def _where(column: str, value: Any) -> Callable[[Truth], set[str]]:
    def ids(truth: Truth) -> set[str]:
        accounts = _accounts(truth)
        return set(accounts.index[accounts[column] == value])

    return ids


def _classes_off_the_boundary(truth: Truth) -> dict[str, str]:
    accounts = _accounts(truth)
    return dict(accounts.loc[accounts["boundary"] == 0, "class"])


#: Accounts and months that the lesson asks about on the bundled book.
BUNDLED_SIZE = 600, 48
#: Fewer months have no year before the last.
_TWO_YEARS = 24


@cache
def _world(accounts: int, months: int) -> dict[str, pd.DataFrame]:
    return build_core(accounts, months)


def _features(tables: Mapping[str, pd.DataFrame], years: int = 2) -> tuple[pd.DataFrame, pd.Series]:
    """Features of the last year by account, and which account the present list gets wrong."""
    ledger = tables["ledger"].query("line == 'P'")
    year = ledger["date"].dt.year
    last = int(year.max())

    def totals(of: int) -> pd.DataFrame:
        return ledger[year == of].groupby("account_id", as_index=False)[["revenue", "volume"]].sum()

    before = totals(last - 1) if years > 1 else None
    features = qualification.account_features(
        tables["accounts"], totals(last), before, tables["invoices"], year=last
    )
    by_account = features.set_index("account_id")
    listed, fee = by_account["listed_ka"], by_account["avg_monthly_fee"]
    return features, qualification.static_list_error(listed, fee, qualification.LIST_THRESHOLD)[
        "error"
    ]


def _by_account(features: pd.DataFrame) -> pd.DataFrame:
    return features.set_index("account_id")


def _class_by(change: Callable[[Mapping[str, pd.DataFrame]], pd.Series]) -> Callable[..., Any]:
    return lambda tables: change(tables).astype("str").to_dict()


def _of_all_years(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """The fee of the whole ledger where the last year is asked."""
    ledger = tables["ledger"].query("line == 'P'")
    months = ledger["date"].dt.to_period("M").nunique()
    fee = ledger.groupby("account_id")["revenue"].sum() / months
    features, _ = _features(tables)
    return qualification.classify(
        features.assign(avg_monthly_fee=features["account_id"].map(fee).fillna(0.0))
    )


def _near_a_limit(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """Fees within a tenth of five million: near is not open."""
    fee = _by_account(_features(tables)[0])["avg_monthly_fee"]
    return set(fee.index[(fee / 5e6 - 1).abs() <= 0.1])


def _matrix(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = tables["ahp_matrices"].query("matrix == 'five_factors'")
    return rows.pivot(index="row", columns="column", values="value")


def _unreduced(tables: Mapping[str, pd.DataFrame]) -> float:
    """lambda / ((n - 1) RI) where (lambda - n) / ((n - 1) RI) is asked."""
    matrix = _matrix(tables)
    values = matrix[list(matrix.index)].to_numpy(dtype=float)
    n = len(values)
    largest = float(np.linalg.eigvals(values).real.max())
    return largest / (n - 1) / RANDOM_INDEX_SAATY_1980[n - 1]


def _listed_otherwise(kind: str, of: Callable[..., pd.Series]) -> Callable[..., set[str]]:
    """Who is missed or kept, judged by another fee."""

    def finds(tables: Mapping[str, pd.DataFrame]) -> set[str]:
        features = _by_account(_features(tables)[0])
        fee = of(tables).reindex(features.index).fillna(0.0)
        found = qualification.static_list_error(
            features["listed_ka"], fee, qualification.LIST_THRESHOLD
        )["error"]
        return set(found.index[found == kind])

    return finds


def _all_lines(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    ledger = tables["ledger"]
    last = ledger[ledger["date"].dt.year == ledger["date"].dt.year.max()]
    return last.groupby("account_id")["revenue"].sum() / 12


def _first_year(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    ledger = tables["ledger"].query("line == 'P'")
    first = ledger[ledger["date"].dt.year == ledger["date"].dt.year.min()]
    return first.groupby("account_id")["revenue"].sum() / 12


def _of_list(kind: str) -> tuple[Naive, Naive]:
    return (
        Naive("by the fee of all lines", _listed_otherwise(kind, _all_lines)),
        Naive("by the fee of the first year", _listed_otherwise(kind, _first_year)),
    )


#: Sets of names and classes must be equal; weights and ratio are exact but for rounding.
ITEMS = (
    Item(
        "accounts off the boundary whose class is right",
        _classes_off_the_boundary,
        naive=(
            Naive(
                "OR for AND",
                _class_by(
                    lambda tables: qualification.classify(
                        _features(tables)[0], reading=qualification.Reading(combine="any")
                    )
                ),
            ),
            Naive("the mean fee of all years", _class_by(_of_all_years)),
        ),
    ),
    Item(
        "boundary accounts, by name",
        _where("boundary", 1),
        naive=(Naive("fees near the limit", _near_a_limit),),
    ),
    Item(
        "AHP weights of the consistent matrix",
        stated("qualification", "ahp", "five_factors", "weights"),
        1e-6,
        (
            Naive(
                "rows and columns swapped",
                lambda tables: qualification.ahp_weights(_matrix(tables).T)[0].to_dict(),
            ),
        ),
    ),
    Item(
        "consistency ratio of that matrix",
        stated("qualification", "ahp", "five_factors", "consistency_ratio"),
        1e-6,
        (Naive("the eigenvalue not reduced by n", _unreduced),),
    ),
    Item(
        "growers missing from the list, by name",
        _where("list_status", "grower missed"),
        naive=_of_list("grower missed"),
    ),
    Item(
        "decliners kept on the list, by name",
        _where("list_status", "decliner kept"),
        naive=_of_list("decliner kept"),
    ),
)


def recover(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What lesson 02 finds in the tables of a world, by the names of ITEMS."""
    features, error = _features(tables)
    flips = qualification.flips(features)
    matrices = tables["ahp_matrices"].query("matrix == 'five_factors'")
    weights, ratio = qualification.ahp_weights(
        matrices.pivot(index="row", columns="column", values="value")
    )
    values = (
        qualification.classify(features).astype("str").to_dict(),
        set(flips.index[flips["boundary"]]),
        weights.to_dict(),
        ratio,
        set(error.index[error == "grower missed"]),
        set(error.index[error == "decliner kept"]),
    )
    return {item.name: value for item, value in zip(ITEMS, values, strict=True)}


@cache
def _monthly() -> dict[str, pd.DataFrame]:
    """Revenue and volume of line P by account and month, of the last year and the one before."""
    ledger = _world(_FULL, _MONTHS)["ledger"].query("line == 'P'")
    year, month = ledger["date"].dt.year, ledger["date"].dt.month
    last = int(year.max())

    def wide(of: int, column: str) -> pd.DataFrame:
        rows = ledger[year == of]
        return (
            rows.pivot_table(index="account_id", columns=month, values=column, aggfunc="sum")
            .reindex(columns=range(1, 13))
            .fillna(0.0)
        )

    return {
        "fee": wide(last, "revenue"),
        "volume": wide(last, "volume"),
        "before": wide(last - 1, "volume"),
    }


_EVERY_CLASS = "every class can be told (growth needs two years)"


def untried(accounts: int, months: int) -> tuple[str, ...]:
    """The statements that no book of this size could show."""
    return () if months >= _TWO_YEARS else (_EVERY_CLASS,)


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many books of accounts and months drawn from the synthetic one does the method find
    again what it finds in the whole?

    The months of a year are drawn anew, the same for all accounts and for the year before: another
    year of the same kind. Fee, growth and class follow from them.
    """
    known, errors = _features(_world(_FULL, _MONTHS), years=2)
    known = _by_account(known)
    full = qualification.classify(known.reset_index()).astype("str").reindex(known.index)
    wrong = (errors.reindex(known.index) != "none").to_numpy()
    off = ~qualification.flips(known.reset_index())["boundary"].reindex(known.index).to_numpy()
    tables = {name: frame.reindex(known.index).to_numpy() for name, frame in _monthly().items()}
    of_year, found = min(12, max(1, months)), dict[str, list[bool]]()
    for _ in range(repeats):
        weights = rng.multinomial(of_year, np.full(12, 1 / 12)) / of_year
        drawn = rng.integers(0, _FULL, accounts)
        fee = (tables["fee"] @ weights).round(2)
        book = known.assign(avg_monthly_fee=fee)
        volume, before = tables["volume"] @ weights, tables["before"] @ weights
        book["yoy"] = np.divide(volume, before, where=before > 0, out=np.full(_FULL, np.nan)) - 1
        if months < _TWO_YEARS:
            book = book.drop(columns="yoy")
        classes = qualification.classify(book.reset_index()).astype("str").reindex(known.index)
        again = (classes == full).to_numpy()
        now = qualification.static_list_error(
            book["listed_ka"], book["avg_monthly_fee"], qualification.LIST_THRESHOLD
        )["error"].reindex(known.index)
        same = (now == errors.reindex(known.index)).to_numpy()
        advised = wrong[drawn]
        reach, reached = ((each[drawn] >= qualification.LIST_THRESHOLD).sum() for each in (
            fee, known["avg_monthly_fee"].to_numpy()
        ))  # fmt: skip
        answers = {
            _EVERY_CLASS: not (classes.to_numpy()[drawn] == "unknown").any(),
            "at least 95 % of the accounts off the boundary keep their class": again[
                drawn[off[drawn]]
            ].mean()
            >= 0.95,
            "at least 90 % of those who should join or leave are named again": bool(advised.any())
            and same[drawn][advised].mean() >= 0.9,
            "the number that reach the cut is right to a twentieth": abs(reach - reached)
            <= 0.05 * reached,
            "the share that the list gets wrong is within a quarter of that of the whole": abs(
                advised.mean() / wrong.mean() - 1
            )
            <= 0.25,
        }
        for name, answer in answers.items():
            found.setdefault(name, []).append(bool(answer))
    return found
