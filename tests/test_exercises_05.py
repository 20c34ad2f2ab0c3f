"""Exercises of lesson 05: right values worked by hand, books that cannot answer, decisions that follow from their evidence."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from exercise_runs import read, run_all

from keyacct_utils.book import Book
from keyacct_utils.exercises import checking as exercises
from keyacct_utils.exercises.asked import find
from keyacct_utils.exercises.sheets import SHEETS
from keyacct_utils.lessons.relationship_levels.answers import (
    LIFTED,
    accounts_of,
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
