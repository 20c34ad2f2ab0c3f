"""Lesson 02: what was planted, and would it be found in a book of another size?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from keyacct_utils.lessons.qualification import features as qualification
from keyacct_utils.truth.planted import Item, Truth, stated
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


ITEMS = (
    Item("accounts off the boundary whose class is right", _classes_off_the_boundary),
    Item("boundary accounts, by name", _where("boundary", 1)),
    Item(
        "AHP weights of the consistent matrix",
        stated("qualification", "ahp", "five_factors", "weights"),
        1e-6,
    ),
    Item(
        "consistency ratio of that matrix",
        stated("qualification", "ahp", "five_factors", "consistency_ratio"),
        1e-6,
    ),
    Item("growers missing from the list, by name", _where("list_status", "grower missed")),
    Item("decliners kept on the list, by name", _where("list_status", "decliner kept")),
)


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


def sample_size(
    accounts: int, months: int, repeats: int, rng: np.random.Generator
) -> dict[str, list[bool]]:
    """In how many samples of the synthetic book does each statement of the lesson hold?"""
    features, errors = _features(_world(_FULL, _MONTHS), years=months // 12)
    flips = qualification.flips(features)
    errors = errors.reindex(flips.index)
    missed, kept = (errors == "grower missed").to_numpy(), (errors == "decliner kept").to_numpy()
    boundary, unknown = flips["boundary"].to_numpy(), (flips["unknown"] > 0).to_numpy()
    found: dict[str, list[bool]] = {}
    for _ in range(repeats):
        drawn = rng.integers(0, _FULL, accounts)
        share = missed[drawn].mean() / missed.mean()
        answers = {
            "at least one boundary account shows": boundary[drawn].any(),
            "at least one grower is missing from the list": missed[drawn].any(),
            "the share of growers missed is within half of its true value": 0.5 <= share <= 1.5,
            "the share of decliners kept is within half of its true value": 0.5
            <= kept[drawn].mean() / kept.mean()
            <= 1.5,
            "every class can be told (growth needs two years)": not unknown[drawn].any(),
        }
        for name, answer in answers.items():
            found.setdefault(name, []).append(bool(answer))
    return found
