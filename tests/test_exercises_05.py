"""Exercises of lesson 05: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
from exercise_runs import read, run_all

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.exercises.sheets import SHEETS, SOURCES
from keyacct_utils.lessons.catalogue import NOTEBOOKS
from keyacct_utils.lessons.relationship_levels import levels as rl
from keyacct_utils.lessons.relationship_levels.answers import (
    COSTS,
    LIFTED,
    LOST,
    accounts_of,
    disputed,
    fit_of,
    offers_of,
    proposed,
)

TABLES = '[tables.ties]\npath = "ties.csv"\n[tables.renewals]\npath = "renewals.csv"\n'
COLUMNS = "account_id,named_contacts,visits_year,shared_system,contract_years,bond_level,bond_level_rater2\n"
#: A2 reaches half of each level, A3 half of the social ties; A4 has neither; nobody quarrels over A1.
TIES = COLUMNS + "A1,5,20,1,5,1,1\nA2,3,0,1,1,3,2\nA3,0,12,0,0,1,2\nA4,2,11,0,0,3,2\n"
RENEWALS = "renewal_id,account_id,date,our_price,rival_price,renewed\nN1,A1,2024-03-01,10,9,1\nN2,A2,2024-03-02,10,8,0\n"


def test_disputes_are_settled_by_hand_and_the_rest_says_what_is_lacking(write_book):
    book = Book.open(write_book(toml=TABLES, ties__csv=TIES, renewals__csv=RENEWALS))
    # the first rater is right on A2, the second on A3, nobody on A4
    right = {"levels": pd.Series([3, 2, 1], ["A2", "A3", "A4"]), "first": 1}
    assert exercises.judge(find("05.1"), right, book).state == "right"
    lacking = {
        "05.2": "ties.account\\_value",
        "05.3": "ties.price\\_guarantee",
        "05.4": "ties.club\\_member",
        "05.5": "ledger.cost\\_goods",
    }
    for code, column in lacking.items():
        answer = dict.fromkeys((part.name for part in find(code).parts), 1)
        assert f"{column}; take the bundled book" in exercises.judge(find(code), answer, book).text


def test_raters_who_agree_and_a_book_without_ties(write_book):
    agreed = TIES.replace("3,2\n", "3,3\n").replace("1,2\n", "1,1\n")
    book = Book.open(write_book(toml=TABLES, ties__csv=agreed, renewals__csv=RENEWALS))
    assert (
        "agree on every account"
        in exercises.judge(find("05.1"), {"levels": {}, "first": 0}, book).text
    )
    assert (
        "no ties.account"
        in exercises.judge(find("05.1"), {"levels": {}, "first": 0}, Book.open("raw_export")).text
    )


def test_right_values_worked_by_hand(linjiang):
    # A0050 has two social ties of four and all structural ones; A0008 two social ones and no more; A0040 one tie of each kind
    settled = find("05.1").expected(linjiang)["levels"]
    assert settled[["A0050", "A0008", "A0040"]].tolist() == [3, 2, 1] and len(settled) == 10
    gaps = find("05.2").expected(linjiang)
    # the lesson prints: tolerance 2.97 in the long run, 6.04 on the first day, slope 1.947, 3.43 a unit of value, level 3 14.91
    beyond = 1.9473 * math.log(9)
    assert gaps["old"] == pytest.approx(2.9673 + beyond, abs=1e-3) and gaps["new"] == pytest.approx(
        6.0389 + beyond, abs=1e-3
    )
    assert gaps["good"] - gaps["old"] == pytest.approx(3.4273, abs=1e-3)
    assert gaps["level_3"] == pytest.approx(
        1 / (1 + math.exp((gaps["old"] - 14.9096) / 1.9473)), abs=1e-4
    )


def test_the_largest_promise_costs_no_more_than_what_is_paid_to_all(linjiang):
    offers, accounts = offers_of(linjiang), accounts_of(linjiang)
    mine = offers[(offers["bond_level"] == 1) & (offers["price_guarantee"] == 1)].set_index(
        "account_id"
    )
    paid = ((mine["gap"] - 2) / 2).clip(0, 4)
    most = float(
        (paid / 100 * accounts["revenue"].reindex(mine.index).clip(lower=0)).dropna().mean()
    )
    found = find("05.3").expected(linjiang)
    assert 0 < found["cost"] * found["idle"] < found["cost"] < most


def test_the_twenty_are_those_of_the_highest_value_at_level_1(linjiang):
    twenty, accounts = proposed(linjiang), accounts_of(linjiang)
    others = accounts[(accounts["bond_level"] == 1) & ~accounts.index.isin(twenty.index)]
    assert len(twenty) == LIFTED and (twenty["bond_level"] == 1).all()
    assert twenty["account_value"].min() >= others["account_value"].max()
    assert (twenty["lifted"] > twenty["now"]).all()
    worth = {}
    for name, effect in (("worth", 1.0), ("worth_half", 0.5)):
        # a refusal costs a tenth of a year's margin; the portal 50,000 at once and 15,000 a year
        kept = 0.1 * twenty["margin"] * effect * (twenty["lifted"] - twenty["now"])
        npv = -50_000.0 + sum((kept - 15_000) / 1.08**year for year in range(1, 6))
        worth |= (
            {name: (npv > 0).sum(), "npv": npv.sum() / 1e6}
            if effect == 1
            else {name: (npv > 0).sum()}
        )
    assert find("05.5").expected(linjiang) == pytest.approx(worth)


def test_the_colleague_of_the_sheet_holds_nothing_equal(linjiang):
    _, names = run_all(read(SHEETS, "05"))
    naive = find("05.4").mistakes[0].wrong(linjiang)["same_value"]
    assert names["shares"][1] - names["shares"][0] == pytest.approx(naive, abs=1e-12)


def test_a_decision_has_to_follow_from_its_evidence(solved, linjiang):
    own, item = solved["05.5"][0], find("05.5")
    half = own["worth_half"]
    assert own["choice"] == "no" and half < own["bar"]
    assert exercises.judge(item, own | {"choice": "yes", "bar": half}, linjiang).state == "right"
    assert "contradict your choice" in exercises.judge(item, own | {"choice": "yes"}, linjiang).text
    assert "contradict your choice" in exercises.judge(item, own | {"bar": half}, linjiang).text
    for bar in (0, 21, 7.5):
        assert (
            "Name a whole number from 1 to 20"
            in exercises.judge(item, own | {"bar": bar}, linjiang).text
        )
    assert "`bar` is missing (NaN)" in exercises.judge(item, own | {"bar": math.nan}, linjiang).text
    assert '"yes" or "no"' in exercises.judge(item, own | {"choice": "maybe"}, linjiang).text


def test_the_prose_of_the_solutions_says_what_the_book_shows(linjiang):
    """Prose is written once: what it says of Linjiang has to move with the data."""
    text = "\n".join(cell.source for cell in read(SOURCES, "05").cells)
    settled, quarrel = find("05.1").expected(linjiang), len(disputed(linjiang))
    second = find("05.1").mistakes[3].wrong(linjiang)["first"]
    neither = quarrel - settled["first"] - second
    gaps, promise = find("05.2").expected(linjiang), find("05.3").expected(linjiang)
    club, naive = find("05.4").expected(linjiang), find("05.4").mistakes[0].wrong(linjiang)
    assert round(100 * naive["same_value"]) == 17 and abs(club["same_both"]) < 0.01
    assert round(gaps["new"] - gaps["old"]) == round(gaps["good"] - gaps["old"]) == 3
    assert 0.4 < promise["idle"] < 0.5
    thin = (rl.propensities(offers_of(linjiang), ["account_value", "gap"])[3] < 0.05).mean()
    twenty, found = proposed(linjiang), find("05.5").expected(linjiang)
    each = rl.lift_payback(twenty, lost=LOST, **COSTS)["npv"].sort_values(ascending=False)
    # the three are needed, and two would not do
    assert each.sum() > 0 > each.iloc[3:].sum() and found["worth_half"] == 5
    assert (twenty["margin"] < 0).sum() == 2
    for sentence in (
        f"the first rater wins {settled['first']} of the {quarrel} disputes, the second {second}.",
        f"In {neither} disputes the rubric agrees with neither",
        f"an account of value 0 is lost from a gap of {gaps['old']:.1f} % on",
        f"would renew with a chance of {gaps['level_3']:.3f} at level 3",
        f"need a margin of {100 * promise['margin_needed']:.0f} % of sales",
        f"part of what the club does, and must not be held equal: {100 * club['same_value']:.0f} p",
        f"For {100 * thin:.0f} % of the offers at Linjiang level 3 has a propensity below 5 %",
        "three names carry it: without them the rest would bring a loss. With half the effect 5 of",
        "Two lose money today",
        "No: with half the effect five of twenty pay.",
    ):
        assert sentence in text, sentence


def test_the_sheet_gives_the_model_that_its_exercises_take(linjiang):
    _, names = run_all(read(SHEETS, "05"))
    pd.testing.assert_frame_equal(names["fit"].tolerance, fit_of(linjiang).tolerance)


def test_a_solution_calls_nothing_that_sheet_and_lesson_do_not_name():
    """A function that only a hint names cannot be found."""
    pages = [read(SHEETS, "05"), read(NOTEBOOKS, "05")]
    shown = "\n".join(cell.source for page in pages for cell in page.cells)
    text = "\n".join(cell.source for cell in read(SOURCES, "05").cells)
    called = set(re.findall(r"\brl\.(\w+)\(", text)) | {"level_effect", "guarantee_cost"}
    assert {"renewal_model", "renewal_chance", "lift_payback"} < called
    assert not [name for name in called if not re.search(rf"\brl\.{name}\b", shown)]


def test_what_the_text_warns_of_is_told_by_name(linjiang, solved):
    """Numbers worked another way than by the answers: the wrong call itself."""
    offers = offers_of(linjiang)
    told = {
        ("05.1", "first", 9): "among the ten",
        ("05.1", "first", 64 / 73): "a share of the disputes",
    }
    plain = rl.renewal_model(offers, ["account_value"])
    tolerance, beyond = plain.tolerance["tolerance"], plain.slope.estimate * math.log(9)
    told["05.2", "old", tolerance[1] + beyond] = "has no half-life"
    weighted = rl.level_effect(
        offers, "ipw", treated=1, control=0, level="club_member", covariates=["account_value"]
    )
    told["05.4", "same_value", weighted.estimate] = "This is the weighted effect."
    mine = offers.query("bond_level == 1 and price_guarantee == 1").merge(
        accounts_of(linjiang)[["revenue"]].clip(lower=0), on="account_id"
    )
    paid, long_run = ((mine["gap"] - 2) / 2).clip(0, 4), fit_of(linjiang).tolerance["tolerance"][1]
    fit = fit_of(linjiang)
    bears = long_run + fit.value_effects["gamma"].iloc[0] * mine["account_value"]
    stays = 1 / (1 + np.exp((mine["gap"] - paid - bears) / fit.slope.estimate))
    told["05.3", "cost", (mine["revenue"] * paid / 100 * stays).mean()] = "of the long run"
    for (code, name, value), words in told.items():
        own = solved[code][0] | {name: value}
        assert words in exercises.judge(find(code), own, linjiang).text, (code, name, value)
