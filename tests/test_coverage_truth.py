"""The tolerances of lesson 12 are three standard errors of the right method, and wrong methods fail them."""

from __future__ import annotations

import numpy as np
import pytest

from keyacct_utils import truth
from keyacct_utils.truth import coverage as judged
from keyacct_utils.world import SEED, build, stream
from keyacct_utils.world import coverage as planted

MONTHS, SEEDS = 48, 40


@pytest.fixture(scope="module")
def drawn():
    """Forty draws of the visits and trials, on the accounts of one world: tables and truth."""
    tables = build(seed=SEED).tables
    found = []
    for seed in range(SEEDS):
        added, known = planted.build(stream(seed, "visits"), tables, MONTHS)
        found.append((tables | added, {"coverage": known}))
    return found


#: Item (its place in ITEMS), name of its tolerance.
MEASURED = {1: "jump", 2: "spread", 3: "a", 4: "k"}


@pytest.fixture(scope="module")
def off(drawn):
    """What the right method finds less what was planted, by item and draw."""
    rows = []
    for tables, known in drawn:
        found = judged.recover(tables)
        rows.append(
            {
                number: float(found[item.name]) - float(item.planted(known))
                for number, item in enumerate(judged.ITEMS)
                if number in MEASURED
            }
        )
    return {number: np.array([row[number] for row in rows]) for number in MEASURED}


@pytest.mark.parametrize(("number", "name"), MEASURED.items())
def test_a_tolerance_is_three_standard_errors(off, number, name):
    three = 3 * off[number].std(ddof=1)
    assert judged.ITEMS[number].tolerance == judged.TOLERANCES[name]
    # forty draws tell a standard deviation to about a tenth of it
    assert 0.75 * three <= judged.TOLERANCES[name] <= 1.3 * three
    assert abs(off[number].mean()) < off[number].std(ddof=1)


@pytest.mark.parametrize("number", MEASURED)
def test_wrong_methods_fail_in_every_draw(drawn, number):
    item = judged.ITEMS[number]
    for tables, known in drawn[:10]:
        for wrong in item.naive:
            passed = truth.compare(item.planted(known), wrong.finds(tables), item.tolerance)[0]
            assert not passed, wrong.name


def test_the_spread_of_the_minutes_is_that_of_an_accounts_mean_over_the_year(drawn):
    """8 between accounts and 8 between the quarters of one: their root of squares, of four quarters."""
    assert drawn[0][1]["coverage"]["minutes_sd"] == pytest.approx(
        np.hypot(planted.ACCOUNT_SD, planted.QUARTER_SD / 2)
    )
    tables = drawn[0][0]
    looks = tables["visits"].groupby(["account_id", "quarter"])["minutes"].sum() / 3
    spend = tables["visits"].groupby("account_id")["monthly_spend"].first()
    line = planted.AT_CUT + planted.RISE * np.log(spend / planted.CUT)
    line += planted.JUMP * (spend >= planted.CUT)
    rest = (looks.groupby("account_id").mean() - line).std(ddof=1)
    assert rest == pytest.approx(drawn[0][1]["coverage"]["minutes_sd"], rel=0.08)
