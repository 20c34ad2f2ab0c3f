"""What lesson 19 says of small books worked by hand, and what it once got wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gallery import books, books_dependence
from opened import looked_at

from keyacct_utils.book import Book
from keyacct_utils.lessons import concentration
from keyacct_utils.lessons.dependence import findings as lesson

FIVE = "account_id,date,line,revenue,cost_goods\n" + "".join(
    f"{name},2024-{month:02d}-05,{line},{sold / 6},{spent / 6}\n"
    for name, line, sold, spent in (
        ("A", "X", 600, 100),
        ("B", "X", 300, 100),
        ("C", "Y", 100, 100),
        ("D", "Y", 400, 100),
        ("E", "Z", 80, 80),
    )
    for month in range(1, 7)
)


@pytest.fixture
def five(write_book):
    return lesson.risk(Book.open(write_book(FIVE)))


def odd(tmp_path, name, made=None):
    files = (made or books_dependence.BOOKS[name])()
    toml = f'contract_version = 1\nname = "{name}"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return lesson.risk(Book.open(tmp_path / "book.toml"))


def test_the_answer_in_one_line(five):
    # margins 500, 200, 0, 300, 0: A alone brings half of the thousand
    found = lesson.who_could_sink_us(five, 0.2, draws=50)
    assert (found.numbers["who"], found.numbers["share"]) == ("A", 0.5)
    assert found.sentences()[0].startswith("**A alone could sink us: 20.0 % of margin can go.**")
    assert "margin falls from 1.00 k to 500.0, by 50.0 % of the net total." in str(found)
    assert (found.numbers["low"], found.numbers["high"]) == pytest.approx((0.5, 0.5))
    several = lesson.who_could_sink_us(five, 0.6, draws=50)
    assert "No single account could sink us; the 2 largest together could" in str(several)
    nobody = lesson.who_could_sink_us(five, 1.0, draws=50)
    assert "Nobody could sink us" in str(nobody)


def test_what_is_no_size_is_refused_in_words():
    """Once: a bare TypeError; and a lag of 0 was told to stay below the 48 months."""
    found = looked_at(lesson.risk, "linjiang")
    beta = lesson.customer_betas(found)
    for call, told in (
        (lambda: lesson.customer_betas(found, lag=0), "lag is 0: expected 1 month or more"),
        (lambda: lesson.customer_betas(found, lag="1"), "lag is '1'"),
        (lambda: lesson.who_could_sink_us(found, "0.2"), "cushion must be a fraction"),
        (lambda: lesson.who_could_sink_us(found, first="5"), "first is '5'"),
        (lambda: lesson.better_mix(found, bounds=0.5), "bounds is 0.5: least and most"),
        (lambda: lesson.better_mix(found, bounds=(0.5,)), "bounds is"),
        (lambda: lesson.better_mix(found, bounds=("0.5", "1.5")), "bounds is"),
        (lambda: lesson.conflict(found, grow="0.2"), "grow is '0.2'"),
        # once 603.0 % a year, without a word
        (lambda: lesson.value_at_risk_rate(found, beta, premium=6), "premium is 6: .* 6 % is 0.06"),
        (lambda: lesson.value_at_risk_rate(found, beta, riskless=3), "riskless is 3: .* is 0.03"),
    ):
        with pytest.raises(ValueError, match=told):
            call()


def test_one_account_or_a_thousand(write_book):
    one = lesson.risk(Book.open(write_book("account_id,revenue\nA,12\n")))
    said = lesson.who_could_sink_us(one).sentences()[0]
    assert "A is the only account**: without it, sales fall from 12.00 to nothing." in said
    assert "How sure that share is cannot be told" in str(lesson.who_could_sink_us(one))
    rows = "".join(f"K{n:04d},{n % 50 + 1}\n" for n in range(1000))
    many = lesson.risk(Book.open(write_book("account_id,revenue\n" + rows)))
    found = lesson.who_could_sink_us(many, 0.2)
    # 25,500 in all; 20 of each size: 50, 49, ... reach more than 5,100 with the 107th
    assert found.numbers["count"] == 107 and found.numbers["share"] == pytest.approx(50 / 25_500)


def test_who_leans_on_one(five):
    table = lesson.who_leans_on_one(five, 0.5).numbers["frame"].set_index("group")
    assert table["depends"].to_dict() == {"Z": True, "Y": True, "X": True}
    found = lesson.who_leans_on_one(five, 0.7)
    assert found.numbers["depend"] == 1 and "line Y, where D has 80.0 %" in str(found)
    assert "Groups with one account only: 1." in str(found)


def test_the_alarm_in_both_readings(five):
    found = lesson.alarm(five, draws=20)
    # 600 of 1,480; the top fifth of five is one
    assert found.numbers["one"] == found.numbers["key"] == pytest.approx(600 / 1480)
    assert str(found).count("silent") == 2
    assert str(lesson.alarm(five, 0.4, draws=20)).count("rings") == 2


def test_sales_where_margins_are_not_known_or_not_above_zero(write_book):
    rows = "account_id,revenue,cost_goods\nA,10,15\nB,5,4\n"
    assert lesson.risk(Book.open(write_book(rows))).measure == "sales"
    with pytest.raises(ValueError, match="no account has sales above zero"):
        lesson.risk(Book.open(write_book("account_id,revenue\nA,-10\nB,-5\n")))


def test_two_that_share_one_cake_are_in_conflict(tmp_path):
    found = lesson.conflict(odd(tmp_path, "two_in_conflict"))
    assert set(found.numbers["pair"]) == {"Pat", "Mat"} and found.numbers["told"] == "yes"
    assert found.numbers["correlation"] < -0.85 and found.numbers["high"] < 0
    twice = lesson.conflict(odd(tmp_path, "two_in_conflict"), other_times=2.0)
    assert twice.numbers["lost"] == pytest.approx(2 * found.numbers["lost"])


def test_nothing_is_said_of_months_that_do_not_move(tmp_path):
    found = lesson.customer_betas(odd(tmp_path, "nothing_moves"))
    assert not found.known and "others whose months differ" in str(found)
    assert not lesson.conflict(odd(tmp_path, "nothing_moves")).known


def test_an_index_that_stands_still_gives_way_to_the_rest_of_the_book(tmp_path):
    found = odd(tmp_path, "market_stands_still")
    assert lesson.customer_betas(found).known


def test_nobody_falls_by_more_than_all(tmp_path):
    """Once: "117.8 % of what it brings"."""
    found = odd(tmp_path, "flat", books.flat)
    table = lesson.shock(found, lesson.customer_betas(found), fall=0.9).table
    assert table["change"].min() >= -1


def test_a_better_mix_keeps_effort_and_return():
    found = looked_at(lesson.risk, "linjiang")
    mix = lesson.better_mix(found, draws=20)
    table = mix.table
    assert table["better"].sum() == pytest.approx(1)
    assert float(table["better"] @ table["gain"]) == pytest.approx(mix.numbers["mean"])
    assert table["moved"].between(-0.5001, 0.5001).all()
    assert 0.10 < mix.numbers["saved"] < 0.22
    with pytest.raises(ValueError, match="bounds is"):
        lesson.better_mix(found, bounds=(1.2, 1.5))
    saved = lesson.other_bounds(found).numbers["saved"]
    assert saved == sorted(saved)


def test_what_is_planted_shows_in_the_story(linjiang):
    found = looked_at(lesson.risk, "linjiang")
    table = lesson.who_leans_on_one(found).numbers["frame"]
    row = table[(table["kind"] == "line") & (table["group"] == "E")].iloc[0]
    planted = json.loads((linjiang.folder / "truth" / "dependence.json").read_text("utf-8"))
    assert row["account"] == planted["conflict"]["account_id"]
    assert row["share"] == pytest.approx(0.26, abs=5e-4)
    assert set(lesson.conflict(found).numbers["pair"]) == {
        planted["conflict"]["account_id"],
        planted["conflict"]["other"],
    }
    beta = lesson.customer_betas(found)
    value = lesson.value_at_risk_rate(found, beta)
    assert value.numbers["apart"] == "yes"
    assert value.table["value"].is_monotonic_increasing


def test_verdicts_come_from_intervals(five):
    def ruled(found):
        sunk, beta = lesson.who_could_sink_us(found), lesson.customer_betas(found)
        made = lesson.claims(found, sunk, beta, lesson.conflict(found))
        return {row[0]: row[4] for row in made.data["claims"]}

    assert ruled(looked_at(lesson.risk, "linjiang")) == {
        "S000-3j": "does not hold",
        "S003-10a": "cannot be tested here",
        "S003-10c": "cannot be tested here",
        "S000-12g": "cannot be told from this book",
        "S003-12c": "holds",
    }
    assert ruled(five)["S000-3j"] == "holds"
    assert ruled(five)["S000-12g"] == ruled(five)["S003-12c"] == "cannot be tested here"


def test_the_review(five):
    found = looked_at(lesson.risk, "linjiang")
    made = lesson.account_review(found, lesson.customer_betas(found, 12))
    # once a beta over months and one over years had the same words
    told = made.numbers["meaning"]["beta"]
    assert told.startswith("change over 12 months, in percent, when")
    assert "from growths that end in 2022-01 to 2024-12" in told
    made = lesson.account_review(found, lesson.customer_betas(found))
    assert "change over one month" in made.numbers["meaning"]["beta"]
    review = made.numbers["review"]
    assert len(review) == 600 and review["sales_fall"].sum() == pytest.approx(1)
    assert review["beta"].notna().all() and review["beta"].nunique() == 9
    small = lesson.account_review(five, None, 0.4).numbers["review"].set_index("account_id")
    assert small["sinks_alone"].to_dict() == dict(zip("ABCDE", ["yes", *["no"] * 4], strict=True))
    assert small["sales_left"]["A"] == pytest.approx(880)


def test_a_share_at_the_cushion_sinks_nobody_in_lesson_and_review(write_book):
    """Once: 0.07 of 0.35 came out above 0.2 as floats, and the review said that A sinks us."""
    rows = "account_id,revenue\nA,0.07\n" + "".join(f"B{n},0.04\n" for n in range(7))
    found = lesson.risk(Book.open(write_book(rows)))
    assert lesson.who_could_sink_us(found, 0.2).numbers["sinks"] == "no"
    review = lesson.account_review(found, None, 0.2).numbers["review"].set_index("account_id")
    assert review["sinks_alone"].tolist() == ["no"] * 8


def test_the_saving_of_a_better_mix_is_parted_into_market_and_own():
    """Once: "the fall of the whole market stays", and it is the market's part that falls."""
    found = looked_at(lesson.risk, "linjiang")
    made = lesson.better_mix(found, draws=20)
    mix, mixes = made.numbers, lesson._mixes(found)
    for weights, shared, own in (
        (mixes.weights, mix["shared"], mix["own"]),
        (mix["weights"], mix["best_shared"], mix["best_own"]),
    ):
        brought = mixes.growth @ (weights * mixes.gain)
        assert np.hypot(shared, own) * mix["mean"] == pytest.approx(brought.std())
    assert (mix["beta"], mix["best_beta"]) == pytest.approx((1.14, 0.96), abs=0.005)
    assert mix["best_shared"] / mix["shared"] - 1 == pytest.approx(-0.156, abs=0.001)
    assert mix["own"] * mix["mean"] == pytest.approx(0.0325, abs=1e-4)
    assert mix["best_own"] * mix["mean"] == pytest.approx(0.0331, abs=1e-4)
    assert "(beta from 1.14 to 0.96)" in str(made)


def test_no_growth_is_a_share_of_a_mean_near_zero(write_book):
    """Once one credit note made a beta of -31.49, and a shock of 630 %."""
    sold = {"A": 100, "B": 80, "C": 120, "D": 90}
    rows = "".join(
        f"{name},2023-{month:02d}-05,{amount + 7 * ((month * (3 + len(sold) * i)) % 5)}\n"
        for month in range(1, 13)
        for i, (name, amount) in enumerate(sold.items())
    )
    note = "A,2023-06-20,-1300\n"  # A brings about nothing in the year
    with_note = lesson.risk(Book.open(write_book("account_id,date,revenue\n" + rows + note)))
    made = lesson.customer_betas(with_note)
    assert list(made.numbers["near_zero"]) == ["A", "C"]  # C: A's note lies in the rest of it
    assert "No beta is given of A" in str(made)
    assert set(made.numbers["frame"].index) == {"B", "D"}
    plain = lesson.customer_betas(
        lesson.risk(Book.open(write_book("account_id,date,revenue\n" + rows)))
    )
    assert "near_zero" not in plain.numbers and "A" in plain.numbers["frame"].index
    # one month moves the rest of the book: nobody surely moves with it or against it
    shock = lesson.shock(with_note, made)
    assert (shock.numbers["told"], shock.numbers["rises"]) == (0, 0)


def test_a_conflict_says_whose_amounts_it_counts_and_is_widened_throughout():
    """Once: 6.20 m won and 214.5 k lost, as if the ledger said so, in an interval for one pair."""
    found = looked_at(lesson.risk, "linjiang")
    made = lesson.conflict(found)
    numbers = made.numbers
    assert (numbers["change_low"], numbers["change_high"]) == pytest.approx(
        (-0.115, -0.022), abs=0.001
    )
    assert numbers["ledger_first"] == pytest.approx(28_002_405.81)
    assert numbers["ledger_other"] == pytest.approx(12_515_069.20)
    assert numbers["ledger_gained"] == pytest.approx(0.2 * 28_002_405.81)
    assert "by the amounts of account_months in the last 12 months" in str(made)
    assert "28.00 m and 12.52 m CNY of margin" in str(made)


def test_a_conflict_of_the_ledger_names_no_other_amounts(tmp_path):
    made = lesson.conflict(odd(tmp_path, "two_in_conflict"))
    assert "by the amounts of the ledger in the last 12 months" in str(made)
    assert "not the amounts of the ledger" not in str(made)


def test_the_claim_of_the_largest_customer_is_tested_on_the_largest(tmp_path):
    """Once: "holds", by a pair that does not hold the largest customer."""

    def claim(found):
        return lesson._of_conflict(found, lesson.conflict(found))

    found = looked_at(lesson.risk, "linjiang")
    assert found.sold.index[0] == "A0393" not in lesson.conflict(found).numbers["pair"]
    told = claim(found)
    assert "does not hold the largest buyer" in told.why
    growth = found.followed.pct_change().iloc[1:]
    assert told.here.startswith(f"{growth.corr()['A0393'].min():.2f} (")
    # the rest of the book is the largest there, and the two that share a cake are not
    shared = odd(tmp_path, "two_in_conflict")
    assert claim(shared).verdict == "cannot be told from this book"
    halved = {**books_dependence.two_in_conflict()}
    halved["ledger.csv"] = "".join(
        line for line in halved["ledger.csv"].splitlines(keepends=True) if "Rest" not in line
    )
    (tmp_path / "two").mkdir()
    assert claim(odd(tmp_path / "two", "two", lambda: halved)).verdict == "holds"


def test_the_claim_of_the_largest_customer_needs_its_months():
    found = looked_at(lesson.risk, "linjiang")
    apart = replace(found, followed=found.followed.drop(columns="A0393"))
    told = lesson._of_conflict(apart, lesson.conflict(apart))
    assert told.verdict == "cannot be tested here" and "not among the accounts" in told.why


def test_how_many_sink_us_comes_with_what_other_months_would_say(five):
    """Once: "the 2 largest together could", with 20.4 % against a cushion of 20 %."""
    made = lesson.who_could_sink_us(looked_at(lesson.risk, "linjiang"), 0.2)
    numbers = made.numbers
    assert numbers["count"] == 2 and numbers["taken"] == pytest.approx(0.2038, abs=5e-4)
    assert (numbers["taken_low"], numbers["taken_high"]) == pytest.approx((0.193, 0.222), abs=0.003)
    assert numbers["enough"] == pytest.approx(0.8, abs=0.05) and numbers["fewer"] == 0
    assert numbers["more"] == pytest.approx(1 - numbers["enough"])
    assert "The 2 largest bring 20.4 % of the net margin" in str(made)
    # the same in each month: no draw says otherwise; and one alone needs no such sentence
    several = lesson.who_could_sink_us(five, 0.6, draws=50).numbers
    assert (several["taken_low"], several["enough"]) == pytest.approx((0.8, 1.0), abs=1e-4)
    assert "taken" not in lesson.who_could_sink_us(five, 0.2, draws=50).numbers


def of_sectors(tmp_path, **slopes):
    """Sectors whose growth is so many times that of the market, and a little of their own."""
    market = [100 * (1.05 if n % 3 else 0.93) ** (n % 5) for n in range(20)]
    months = books_dependence.MONTHS[:20]
    growth = np.array(market[1:]) / market[:-1] - 1
    rows = "month,sector,contribution\n"
    for name, slope in slopes.items():
        own = 0.001 * np.cos(np.arange(19) * (1 + len(name)))
        level = 100 * np.cumprod([1.0, *(1 + slope * growth + own)])
        rows += "".join(f"{m}-01,{name},{v:.6f}\n" for m, v in zip(months, level, strict=True))
    index = "".join(f"{m}-01,{v:.6f}\n" for m, v in zip(months, market, strict=True))
    files = {
        "ledger.csv": "account_id,date,revenue\nA,2024-01-05,10\nB,2024-02-05,5\n",
        "sector_months.csv": rows,
        "market_index.csv": "month,level\n" + index,
    }
    return odd(tmp_path, "sectors", lambda: files)


def test_a_shock_counts_those_that_fall_rise_and_cannot_be_told(tmp_path):
    """Once: "none surely falls: each interval reaches zero", where one surely rose."""
    found = of_sectors(tmp_path, iron=1.5, gold=-0.8, sand=0.0)
    made = lesson.shock(found, lesson.customer_betas(found), fall=0.1)
    numbers = made.numbers
    assert (numbers["told"], numbers["rises"], numbers["untold"]) == (1, 1, 1)
    assert made.table["change"]["iron"] == pytest.approx(-0.15, abs=0.001)
    assert "surely fall where the market falls" in str(made) and "surely rise: 1" in str(made)


def test_a_shock_takes_the_span_of_its_betas_and_the_months_that_there_are(five):
    """Once: a year was said of ten months, and "all together" took one month whatever the betas."""
    found = looked_at(lesson.risk, "linjiang")
    year = lesson.customer_betas(found, lag=12)
    made = lesson.shock(found, year)
    growth = found.levels.pct_change(12).iloc[12:]
    part = found.levels.tail(12).sum()
    market = found.market.pct_change(12).iloc[12:]
    slope = (growth @ (part / part.sum())).cov(market) / market.var()
    assert made.numbers["all"] == pytest.approx(0.2 * slope)
    assert "falls over 12 months: 8" in str(made) and "for longer" not in str(made)
    short = replace(found, levels=found.levels.head(10))
    made = lesson.shock(short, lesson.customer_betas(short))
    assert "of the last 10 months" in str(made) and "a year" not in str(made)
    assert "last 10 months" in made.shown_table()


def test_betas_say_whose_months_they_take_and_who_is_followed(linjiang, tmp_path):
    """Once: the whole ledger behind a lesson about one year, and "of 12 accounts"."""
    said = str(lesson.customer_betas(lesson.risk(linjiang, "2024")))
    assert "47 growths that end in 2021-02 to 2024-12: the whole months of sector" in said
    assert "followed" not in said
    said = str(lesson.customer_betas(odd(tmp_path, "market_elsewhere")))
    assert "Of 5 accounts followed" in said and "the whole months of the ledger" in said
    assert "bought in 50 % of the months or more, at most 12." in said


def test_another_span_says_which_verdicts_do_not_stand(tmp_path):
    """Once: one number "in the middle", and that the span overturns a verdict was not said."""
    found = looked_at(lesson.risk, "linjiang")
    made = lesson.other_lags(found, (1, 3, 12))
    numbers = made.numbers
    assert (numbers["told"], numbers["lost"], numbers["apart"]) == (8, ["government"], 3)
    assert numbers["gained"] == ["health_education"]
    assert numbers["wider"] == ["steel", "coal", "machinery"]
    assert numbers["always"] == ["steel", "machinery"]
    shown = made.shown_table().loc["government"].tolist()
    assert shown == ["0.47 (0.10 to 0.85)", "0.10 (-0.22 to 0.42)", "-0.26 (-0.79 to 0.26)"]
    assert made.shown_table().loc["coal"].iloc[-1] == "0.99 (0.69 to 1.29)"
    calm = lesson.other_lags(of_sectors(tmp_path, iron=1.5, gold=-0.8), lags=(1, 2)).numbers
    assert (calm["told"], calm["lost"], calm["gained"]) == (2, [], [])
    assert calm["always"] == ["iron"]


def test_each_cushion_is_said_with_its_count(five):
    # margins 500, 300, 200 of 1,000
    made = lesson.other_cushions(five, (0.4, 0.5, 0.9, 1.0))
    assert "40 % by 1, 50 % by 2, 90 % by 3, 100 % by nobody." in str(made)


def test_the_largest_part_of_what_may_go_is_not_most_of_it():
    """Once: "most of it with Shenglin", of whom 4.8 % of it is expected to go."""
    made = lesson.scorecard(looked_at(lesson.risk, "linjiang"))
    assert made.numbers["most_part"] == pytest.approx(0.048, abs=5e-4)
    assert "the largest part, 4.8 % of it, with" in str(made) and "most of it" not in str(made)


def test_the_value_of_a_customer_can_be_added_up():
    """Once: "is worth 354", before any sum or formula."""
    found = looked_at(lesson.risk, "linjiang")
    made = lesson.value_at_risk_rate(found, lesson.customer_betas(found))
    # 0.85 / 1.09 of the year before
    years = [100 * (0.85 / 1.09) ** year for year in range(1, 400)]
    numbers = made.numbers
    assert [numbers["one"], numbers["two"], numbers["three"]] == pytest.approx(years[:3])
    assert sum(years) == pytest.approx(numbers["market"])
    assert "9.0 %: 78.0 for the first year that it stays, 60.8 for the second, 47.4" in str(made)


def test_the_share_of_the_top_fifth_has_the_interval_of_lesson_01(write_book):
    """Once: accounts drawn as they are, and a list of the top fifth that no draw could change."""
    rng = np.random.default_rng(3)
    for count, way in ((40, "Pareto tail"), (90, "Pareto tail"), (400, "lognormal")):
        sold = np.round(rng.lognormal(8, 1.5, count), 2)
        rows = "".join(f"K{n:03d},{value}\n" for n, value in enumerate(sold))
        found = lesson.risk(Book.open(write_book("account_id,revenue\n" + rows)))
        there = concentration.size_interval(found.sold, "top_share", draws=500)
        assert there.way == way
        told = lesson._key_interval(found, None)
        assert tuple(told) == pytest.approx((there.estimate, there.low, there.high))
        numbers = lesson.alarm(found).numbers
        assert (numbers["low"], numbers["high"]) == pytest.approx((there.low, there.high))


def test_the_share_of_a_list_allows_for_a_larger_account_than_the_book_holds():
    """Once: accounts drawn as they are, which lesson 01 calls too narrow."""
    found = looked_at(lesson.risk, "linjiang")
    told = lesson._key_interval(found, 500)
    key = found.sold.index.isin(list(found.key))
    values, rng, plain = found.sold.to_numpy(), np.random.default_rng(0), []
    for _ in range(500):
        picked = rng.integers(0, len(values), len(values))
        plain.append(values[picked][key[picked]].sum() / values[picked].sum())
    assert told.estimate == pytest.approx(values[key].sum() / values.sum())
    assert told.high > np.quantile(plain, 0.975)
    assert told.high - told.low > np.subtract(*np.quantile(plain, [0.975, 0.025]))


def test_cdnow_has_nobody_to_fear(cdnow):
    found = lesson.risk(cdnow, "all")
    sunk = lesson.who_could_sink_us(found, 0.2, draws=50)
    assert sunk.numbers["total"] == pytest.approx(2_500_315.63)
    assert sunk.numbers["share"] < 0.006 and sunk.numbers["count"] > 300
    assert lesson.conflict(found).numbers["told"] == "no"


def test_northwind_shows_no_conflict(real_data):
    """Once: two buyers of a few large orders were said to be in conflict."""
    del real_data
    path = Path(__file__).parent / "books" / "northwind" / "book.toml"
    found = lesson.risk(Book.open(path))
    sunk = lesson.who_could_sink_us(found, 0.2, draws=100)
    assert (sunk.numbers["account"], sunk.numbers["count"]) == ("QUICK", 3)
    assert sunk.numbers["share"] == pytest.approx(110_277.31 / 1_265_793.04, abs=1e-6)
    assert lesson.conflict(found).numbers["told"] == "no"
    assert np.isfinite(lesson.customer_betas(found).numbers["top_beta"])


def test_an_account_that_was_credited_more_than_it_bought_is_told(write_book):
    """A 60, B 40, C -20: 80 net, shares of 100; in line E, D's -5 is left out of its share."""
    rows = "account_id,line,revenue\nA,P,60\nB,P,40\nC,P,-20\nA,E,10\nD,E,-5\nD,P,5\n"
    found = lesson.risk(Book.open(write_book(rows)))
    said = str(lesson.book_in_numbers(found))
    assert "4 accounts, sales of 90" in said
    assert "2 accounts of these have sales of zero or less" in said and "the 110" in said
    groups = str(lesson.who_leans_on_one(found))
    assert "In 2 places an account was credited more than it bought" in groups


def test_one_loss_is_one_number(write_book):
    """A 60, B 50, C bought 5 and sent back 15: net sales are 100, of the accounts above zero 110."""
    rows = "account_id,revenue\nA,60\nB,50\nC,5\nC,-15\n"
    found = lesson.risk(Book.open(write_book(rows)))
    told = lesson.who_could_sink_us(found)
    # once: "by 54.5 % of the net total", of a total that was none, beside 60.0 % on the first page
    assert "Without A, sales fall from 100.0 to 40.00, by 60.0 % of the net total." in str(told)
    assert lesson.loss_drill(found).table.loc["sales", "fall"] == 0.6
    review = lesson.account_review(found).numbers["review"].set_index("account_id")
    assert review.loc["A", ["sales_fall", "sales_left"]].tolist() == [0.6, 40.0]
    assert np.isnan(review["sales_fall"]["C"])
    alarm = str(lesson.alarm(found))
    assert "A has 54.5 %" in alarm and "of the sales of the accounts above zero" in alarm


def test_where_more_came_back_than_was_sold_a_share_is_of_the_accounts_above_zero(write_book):
    found = lesson.risk(Book.open(write_book("account_id,revenue\nA,60\nB,40\nC,-150\n")))
    told = str(lesson.who_could_sink_us(found))
    assert "sales of the accounts above zero fall from 100.0 to 40.00, by 60.0 %" in told
    assert "net" not in told
