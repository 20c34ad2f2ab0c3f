"""What was planted for lesson 07: right methods find it within three standard errors, naive ones do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from keyacct_utils import truth
from keyacct_utils.truth import credit_grade as planted
from keyacct_utils.world import credit_grade as generator

ITEMS = {item.name: item for item in planted.ITEMS}
AREAS = {
    "AUC of sections 3 to 6": "score",
    "AUC of the commercial section alone": "commercial",
    planted._SAFETY: "safety",
}


@pytest.fixture(scope="module")
def drawn():
    """24 books with the accounts of the synthetic one, events and defaults drawn anew."""
    core = planted._core()
    return [
        core | generator.build(np.random.default_rng(5000 + seed), core, 48)[0]
        for seed in range(24)
    ]


@pytest.mark.parametrize("name", ITEMS)
def test_the_naive_method_fails_on_the_synthetic_book(name, linjiang):
    tables = {t: linjiang.table(t) for t in ("credit_events", "defaults", "accounts")}
    expected = ITEMS[name].planted(truth.known("linjiang"))
    right, (naive,) = planted.recover(tables)[name], ITEMS[name].naive
    assert truth.compare(expected, right, ITEMS[name].tolerance)[0]
    assert not truth.compare(expected, naive.finds(tables), ITEMS[name].tolerance)[0]


def test_tolerances_are_three_standard_errors_of_the_right_method(drawn):
    found = pd.DataFrame([planted.recover(tables) for tables in drawn])
    wrong = pd.DataFrame(
        [{name: ITEMS[name].naive[0].finds(tables) for name in AREAS} for tables in drawn]
    )
    for name, part in AREAS.items():
        tolerance, expected = ITEMS[name].tolerance, 0.5 if part == "safety" else 0.70
        assert tolerance == pytest.approx(3 * planted.SPREAD[part], abs=5e-4)
        # 24 draws of a standard deviation: 95 % within .71 to 1.29 of it
        assert 0.6 < found[name].astype(float).std() / planted.SPREAD[part] < 1.4
        assert (np.abs(found[name] - expected) <= tolerance).mean() > 0.9
        assert (np.abs(wrong[name] - expected) > tolerance).all()
