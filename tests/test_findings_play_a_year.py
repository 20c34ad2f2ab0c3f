"""What lesson 22 says of small books worked by hand, and on books that cannot be played."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gallery import books, books_play_a_year

from keyacct_utils import truth
from keyacct_utils.book import Book
from keyacct_utils.lessons import play_a_year as pl
from keyacct_utils.lessons.catalogue import missing, readiness
from keyacct_utils.lessons.play_a_year import findings as lesson
from keyacct_utils.lessons.play_a_year import game, search
from keyacct_utils.lessons.showing.words import money

LEDGER = "account_id,date,line,revenue,cost_goods\nA,2024-01-05,P,600,500\nB,2024-02-05,P,200,150\n"


def opened(folder, files) -> Book:
    toml = f'contract_version = 1\nname = "made"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (folder / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (folder / "book.toml").write_text(toml, encoding="utf-8")
    return Book.open(folder / "book.toml")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("year"), books_play_a_year.usual_year())


@pytest.fixture(scope="module")
def found(book):
    return lesson.ready(book, draws=60)


def test_what_there_is_to_decide_with(found):
    said = lesson.book_in_numbers(found)
    # visits of four quarters 4 + 3 + 2 + 2 + 1 + 0, and five more for each of two on the list
    assert said.numbers["visits"] == 48 and said.numbers["listed"] == 2
    assert said.numbers["hours"] == pytest.approx(58 * 104 / 60)
    sales = 90e6 + 60e6 + 9e6 + 5e6 + 2e6 + 8e5
    assert said.numbers["money"] == pytest.approx(58 * 3600 + 0.01 * sales)
    assert said.numbers["open"] == 3
    rules = lesson.rules_of_the_world(found)
    text = rules.table.set_index("rule")["what it says"]
    assert "at most 10 % to the margin" in text["visits"] and "36.2 %" in text["visits"]
    assert rules.table["read from"].str.contains("coverage.K").any()


def test_the_napkin_is_the_curve_of_visits():
    table = lesson.pencil([1000, 10], ["large", "small"])
    assert table.loc["large", "visit 1"] == 36.24
    assert table.loc["large"].iloc[1:].sum() == pytest.approx(100 * (1 - np.exp(-1.8)), abs=0.02)


def test_last_year_is_told_with_its_parts(found):
    said = lesson.as_last_year(found)
    assert said.table["amount"].sum() == pytest.approx(said.numbers["profit"])
    assert said.numbers["low"] < said.numbers["profit"] < said.numbers["high"]
    calm = replace(found, last=replace(found.last, profit=np.full(60, 5.0)))
    assert "Nothing is left to luck here" in str(lesson.as_last_year(calm))


def test_words_of_a_gain_follow_its_interval(found):
    same = lesson.own_decisions(found, pl.Decisions())
    assert same.numbers["told"] == "same" and "in every single year" in str(same)
    worse = lesson.own_decisions(found, pl.Decisions(discount=0.01))
    assert worse.numbers["high"] < 0 and "less than doing as last year" in str(worse)
    better = lesson.own_decisions(found, pl.Decisions(terms="T1"))
    assert better.numbers["low"] > 0 and "more than doing as last year" in str(better)
    assert better.table["gain"].sum() == pytest.approx(better.numbers["gain"])


def test_lists_are_compared_with_no_list(found):
    said = lesson.lists(found)
    table, numbers = said.table.set_index("list"), said.numbers
    # the length apart from the rule: what the care costs and what it keeps; a list by lot as long
    assert numbers["bill"] == 2 * 5 * 3600
    assert numbers["kept"] - numbers["bill"] == pytest.approx(numbers["gain"])
    assert table.loc["a list by lot", "accounts"] == numbers["listed"]
    rule = table.loc["the largest by sales", "gain"] - table.loc["a list by lot", "gain"]
    assert numbers["rule"] == pytest.approx(rule)
    # the sentence and the table say the same of those whom care pays
    pays = table.loc["where the care pays"]
    assert (numbers["pays"], numbers["of_pays"]) == (pays["accounts"], pays["gain"])
    assert (table.loc["nobody", ["gain", "low", "high"]] == 0).all()
    # A2 has a tie of level two: of the two largest one is weak
    assert tuple(table.loc["the largest by sales", ["accounts", "weak"]]) == (2, 1)


def test_visits_beyond_what_pays_are_counted(found):
    said = lesson.visits_that_pay(found)
    pays = search.visits_that_pay(found.year, 3600)
    over = np.maximum(found.year.visits - pays[:, None], 0).sum()
    assert said.numbers["over"] == over and said.numbers["share"] == over / 48
    assert said.table["accounts"].sum() == 6


def test_a_discount_is_told_with_what_it_needs(found):
    said = lesson.discounts(found, 0.01)
    row = said.table.set_index("elasticity").loc[-1.4]
    rate = 0.4 / 9
    assert row["needed"] == pytest.approx(0.01 / (rate - 0.01))
    assert row["brings"] == pytest.approx(0.99**-1.4 - 1)
    assert said.numbers["gain"] == pytest.approx(said.table["gain"].sum())
    with pytest.raises(ValueError, match="discount is 0: expected a part of the price"):
        lesson.discounts(found, 0)


def test_projects_in_the_channel_gain_nothing(found):
    said = lesson.hastening(found).numbers
    # P1: 900 kVA x .6 x 24 h x .029949 x 9.1 days; P2 is in the channel; P4 is too small
    assert said["all"] == pytest.approx(900 * 0.6 * 24 * 0.029949 * 9.1 - 1500, rel=1e-4)
    assert (said["open"], said["green"], said["pay"], said["priority"]) == (3, 1, 1, 2)
    none = replace(found, year=replace(found.year, cases=found.year.cases.head(0)))
    assert "No open project is known" in str(lesson.hastening(none))


def test_what_is_in_the_channel_is_neither_hastened_again_nor_paid_for(linjiang):
    """The advice puts in those with priority that are not in it: by hand from the tables."""
    rule = linjiang.table("year_mechanisms").set_index("name")["value"]
    rows = linjiang.table("cases").set_index("case_id")
    rows = rows[rows["end"].isna()]
    inside, first = rows["green_channel"] == 1, rows["priority"] == 1
    assert (first.sum(), (first & inside).sum()) == (13, 8)
    outside = rows[first & ~inside]
    profit = np.array([rule[f"kwh_profit_{volts:g}"] for volts in outside["kv"]])
    worth = outside["capacity_kva"] * rule["load_factor"] * 24 * profit * rule["days_saved"] * 7 / 5
    calls = np.ceil(rule["building_days"] / 5) * rule["call_cost"]
    by_hand = float((worth - calls).sum())
    year = pl.year_of(linjiang)
    assert set(pl.advice(year).hasten) == set(outside.index)
    again = pl.Decisions(hasten=[str(name) for name in rows.index[inside]])
    plan, base = (lesson.plan_of(year, item) for item in (again, pl.Decisions()))
    assert (plan.hours(year), plan.money(year)) == (base.hours(year), base.money(year))
    assert pl.expected(year, again) == pl.expected(year, pl.Decisions())
    of_advice = pl.Decisions(hasten=list(outside.index))
    plan = lesson.plan_of(year, of_advice, limits=False)
    assert game.expected(year, plan) - pl.expected(year, pl.Decisions()) == pytest.approx(by_hand)
    planted = truth.known("linjiang")["play_a_year"]["gains"]["hasten"]
    # the table holds its values with six decimals
    assert planted == pytest.approx(by_hand, rel=1e-4)
    whole = lesson.ready(linjiang, room=0.01, draws=8)
    said = lesson.hastening(whole).numbers
    assert said["of_priority"] == pytest.approx(by_hand) and by_hand > 0
    assert (said["in_it"], said["called"]) == (8, 5)
    assert said["useless"] == int((worth < calls).sum())
    row = lesson.claims(whole).table.set_index("claim").loc["S000-1e, S000-1i"]
    assert row["verdict"].startswith("holds")
    assert row["this book"] == "5.10 k (5.10 k to 5.10 k)"


def test_where_all_with_priority_are_in_the_channel_nothing_is_tested(found):
    cases = found.year.cases
    full = cases.assign(green=True, cost=0.0, hours=0.0, worth=0.0)
    there = replace(found, year=replace(found.year, cases=full))
    text = str(lesson.hastening(there))
    assert "With priority: 2; of these in the channel already: 2." in text
    assert "documents would" not in text and "To hasten one" not in text
    row = lesson.claims(there).table.set_index("claim").loc["S000-1e, S000-1i"]
    assert row["verdict"].startswith("cannot be tested here: no open project with priority")


def test_the_best_is_not_judged_on_the_years_that_chose_it(found):
    with pytest.raises(ValueError, match="seed is 0, that of the years that judge"):
        lesson.best(found, seed=0)


def test_the_league_and_the_costs_agree(found):
    best = lesson.best(found, years=5, generations=4)
    told = lesson.league(found, best, {"mine": pl.Decisions(terms="T1")})
    frame = told.numbers["frame"]
    assert told.numbers["gain"] == frame.loc["best found", "gain"]
    lead = frame.loc["best found", "gain"] - frame.loc[told.numbers["second"], "gain"]
    assert told.numbers["lead"] == pytest.approx(lead)
    mine = pl.Decisions(discount=0.01)
    costs = lesson.costs(found, {"mine": mine, lesson.ADVICE: pl.advice(found.year)}, best)
    assert costs.numbers["mine"]["decision"] == "discount"
    for name, policy in (("mine", mine), (lesson.ADVICE, pl.advice(found.year))):
        part = costs.table[costs.table["policy"] == name]
        # what lies between them is the difference of the two gains of the league
        gain = game.compare(found.year, {"it": policy}, drawn=found.drawn).loc["it", "gain"]
        between = frame.loc["best found", "gain"] - gain
        assert costs.numbers[name]["whole"] == pytest.approx(part["shapley"].sum())
        assert costs.numbers[name]["whole"] == pytest.approx(between)
    nothing = lesson.costs(found, {"the best": best.decisions}, best)
    assert "None of these decisions surely costs anything" in str(nothing)
    worse = lesson.costs(found, {"the best": best.decisions}, replace(best, decisions=mine))
    assert "a year less than the best" in str(worse)


def test_the_same_thing_has_the_same_number_in_every_step(found):
    """Gains over last year: in the league, under other assumptions, among cut-offs and claims."""
    best = lesson.best(found, years=5, generations=4)
    league = lesson.league(found, best).numbers
    first = lesson.other_assumptions(found, best).table.iloc[0]
    told = (first["best"], first["b_low"], first["b_high"], first["advice"])
    names = ("gain", "low", "high", "advice_gain")
    assert told == pytest.approx([league[name] for name in names])
    table = lesson.cutoffs(found, (60,)).table.iloc[0]
    plan = lesson.plan_of(found.year, pl.Decisions(cutoff=60))
    gain = game.profits(found.year, plan, found.drawn) - found.last.profit
    assert table["gain"] == pytest.approx(gain.mean())
    assert table["losing"] + table["earning"] == pytest.approx(table["gain"])
    said = lesson.claims(found).table.set_index("claim")["test"]
    assert said["S002-7g, S002-7i"].startswith("gain over last year")
    alone = lesson.claims(found).table.set_index("claim").loc["S002-7g, S002-7i"]
    assert any(money(gain.mean()) in str(value).replace("\\", "") for value in alone)
    mine = lesson.own_decisions(found, pl.Decisions(discount=0.01)).numbers
    off = lesson.discounts(found, 0.01).numbers
    assert (off["gain"], off["low"]) == pytest.approx((mine["gain"], mine["low"]))


def test_no_world_is_told_twice(found):
    best = lesson.best(found, years=3, generations=1)
    now = (found.year.rules["stays"], found.year.rules["lost_of_default"])
    said = lesson.other_assumptions(found, best, stays=(0.0, now[0]), lost_of_default=(now[1], 0.9))
    worlds = list(said.table[["stays", "lost_of_default"]].itertuples(index=False, name=None))
    assert worlds == [now, (0.0, now[1]), (now[0], 0.9)]
    assert "Over these 3 worlds" in str(said)


def test_the_limits_can_be_reckoned_by_hand(found):
    said = lesson.book_in_numbers(found)
    numbers = said.numbers
    made = numbers["visits"] + numbers["care"]
    assert numbers["care"] == 10 and made * numbers["minutes"] / 60 == pytest.approx(58 * 104 / 60)
    assert "48 visits and 10 more for the care of the list, 104 minutes each" in str(said)
    assert numbers["spent"] + numbers["room"] == pytest.approx(numbers["money"])


def test_the_advice_says_whether_it_is_played_to_the_letter(found):
    best = lesson.best(found, years=3, generations=1)
    whole = replace(found, year=replace(found.year, hours=1e9, money=1e12))
    assert "is played to the letter" in str(lesson.league(whole, best))
    poor = replace(found, year=replace(found.year, money=6e5))
    frugal = replace(best, decisions=pl.Decisions(listed=[], visits=0))
    assert "asks for more than there is" in str(lesson.league(poor, frugal))


def test_verdicts_follow_the_interval_of_each_decision_alone(found):
    said = lesson.claims(found)
    table = said.table.set_index("claim")
    plan = lesson.plan_of(found.year, pl.Decisions(discount={"A1": 0.005, "A2": 0.005}))
    gain = game.profits(found.year, plan, found.drawn) - found.last.profit
    assert game.interval(gain)[1] < 0
    assert table.loc["S000-3f, S002-3b", "verdict"].startswith("does not hold")
    assert table.loc["S000-3i", "verdict"].startswith("cannot be tested here")
    # the list is as long as that of last year, so that not its length is judged
    assert "of the same length" in table.loc["S000-2a, S003-8a", "test"]
    none = replace(found, year=replace(found.year, cases=found.year.cases.head(0)))
    again = lesson.claims(none).table.set_index("claim")
    assert again.loc["S000-1e, S000-1i", "verdict"].startswith("cannot be tested here")


def test_a_piece_of_advice_is_tested_only_as_it_could_be_played(linjiang, found):
    """Whatever it needs of hours comes off the list in both; what needs more is not tested."""
    year = pl.year_of(linjiang)
    told = pl.advice(year)
    for name in ("listed", "visits", "discount", "cutoff", "hasten"):
        base, plan, off = lesson._alone(year, told, name)
        assert plan.hours(year) <= year.hours * (1 + 1e-9), name
        assert (base.listed.sum(), off) == (95, 1) if name == "hasten" else (96, 0), name
        assert plan.listed.sum() == base.listed.sum(), name
    least = replace(found, year=replace(found.year, money=58 * 3600.0))
    table = lesson.claims(least).table.set_index("claim")
    assert "more hours or money" in table.loc["S000-3f, S002-3b", "verdict"]


def test_the_review_takes_what_pays(found):
    review = lesson.account_review(found).numbers["review"].set_index("account_id")
    care = pl.care_that_pays(found.year)
    assert (review["year_care"] == np.where(care > 0, "yes", "no")).all()
    base = lesson.plan_of(found.year, pl.Decisions())
    assert review["year_profit"].sum() == pytest.approx(
        pl.expected_by_account(found.year, base).sum()
    )


def test_a_book_of_ones_own_is_left_out_and_says_why(write_book):
    book = Book.open(write_book(LEDGER))
    stops, _ = missing(book, "22")
    assert ("year_mechanisms", "name") in stops and ("year_accounts", "default_chance") in stops
    row = readiness(book).set_index("lesson").loc["22"]
    assert row["state"] == "skipped" and "year_accounts" in row["reason"]
    with pytest.raises(ValueError, match="only where a synthetic world says how accounts answer"):
        lesson.ready(book)


def test_a_rule_that_is_missing_or_odd_is_named(tmp_path):
    files = books_play_a_year.year()
    whole = files["year_mechanisms.csv"]
    files["year_mechanisms.csv"] = "\n".join(
        line for line in whole.splitlines() if not line.startswith(("slope", "capital"))
    )
    with pytest.raises(ValueError, match="year_mechanisms lacks capital, slope"):
        lesson.ready(opened(tmp_path, files), draws=5)
    files["year_mechanisms.csv"] = whole
    files["year_accounts.csv"] = files["year_accounts.csv"].replace(",T3,", ",T9,")
    with pytest.raises(ValueError, match="terms_code: T9 has no days; expected one of T1, T2, T3"):
        lesson.ready(opened(tmp_path, files), draws=5)


@pytest.mark.parametrize("name", ["stays", "lost_of_default", "room"])
def test_an_assumption_is_a_part_of_one(book, name):
    for wrong in (-0.1, 1.5, "half"):
        with pytest.raises(ValueError, match=f"{name} is {wrong!r}: expected a part from 0 to 1"):
            lesson.ready(book, draws=5, **{name: wrong})


def test_an_excluded_account_is_not_played(tmp_path):
    files = books_play_a_year.usual_year() | {"toml": 'exclude = { A2 = "sold" }\n'}
    game_without = lesson.ready(opened(tmp_path, files), draws=5)
    assert "A2" not in game_without.year.ids and len(game_without.year) == 5
    assert game_without.year.unplayed == 0


def test_accounts_of_which_the_world_says_nothing_are_told(tmp_path):
    files = books_play_a_year.usual_year()
    files["ledger.csv"] += "Z9,2024-05-05,P,1000,900\n"
    files["accounts.csv"] += "Z9,0\n"
    said = lesson.book_in_numbers(lesson.ready(opened(tmp_path, files), draws=5))
    assert said.numbers["unplayed"] == 1 and "Of 1 account of the ledger" in str(said)


def test_the_odd_years_hang_in_the_gallery():
    assert set(books_play_a_year.BOOKS) <= set(books.of_topic("play_a_year"))


@pytest.mark.parametrize("name", ["northwind", "wholesale", "maven_crm"])
def test_real_books_are_left_out_with_the_reason(name, real_data):
    """Nobody knows how their accounts would have answered; the run goes on without the lesson."""
    book = Book.open(Path(__file__).parent / "books" / name)
    row = readiness(book).set_index("lesson").loc["22"]
    assert row["state"] == "skipped"
    assert "year_mechanisms.name" in row["reason"] and "year_accounts.elasticity" in row["reason"]
