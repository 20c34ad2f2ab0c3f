"""What lesson 11 says of small books worked by hand, and what it once got wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery import books, books_relationship_stages
from opened import looked_at

from keyacct_utils.book import Book
from keyacct_utils.lessons.catalogue import readiness
from keyacct_utils.lessons.relationship_stages import chains, figures
from keyacct_utils.lessons.relationship_stages import findings as lesson


def odd(tmp_path, name, made=None, **options):
    files = (made or books_relationship_stages.BOOKS[name])()
    toml = f'contract_version = 1\nname = "{name}"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return lesson.stages(Book.open(tmp_path / "book.toml"), **options)


def history(lines: dict[str, str], amounts: dict[str, float] | None = None) -> dict[str, str]:
    """Accounts with one letter per quarter: b, s, d, l."""
    names = {"b": "build", "s": "stable", "d": "deep", "l": "lapsed"}
    rows = [
        f"{2023 + n // 4}-{3 * (n % 4) + 1:02d}-01,{name},{names[letter]}"
        + (f",{amounts[letter]}" if amounts else "")
        for name, text in lines.items()
        for n, letter in enumerate(text)
    ]
    head = "quarter,account_id,stage" + (",contribution" if amounts else "")
    return {
        "ledger.csv": "account_id,revenue\nA,10\n",
        "stage_history.csv": "\n".join([head, *rows]) + "\n",
    }


def alone(tmp_path, lines, amounts):
    """A book of stages without a ledger."""
    text = history(lines, amounts)["stage_history.csv"]
    (tmp_path / "stage_history.csv").write_text(text, encoding="utf-8")
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "Alone"\n[tables.stage_history]\n'
        'path = "stage_history.csv"\n',
        encoding="utf-8",
    )
    return Book.open(tmp_path / "book.toml")


AMOUNTS = {"b": -5.0, "s": 20.0, "d": 100.0, "l": 0.0}
FIVE = {"A": "bsdd", "B": "bbss", "C": "dddd", "D": "sdll", "E": "sslb"}


@pytest.fixture
def five(tmp_path):
    return odd(tmp_path, "five", lambda: history(FIVE, AMOUNTS))


def settled(found, draws=50):
    changed = lesson.change(found, draws=draws)
    return changed, lesson.current(found, changed, draws=draws)


def test_the_book_in_numbers(five, tmp_path):
    said = str(lesson.book_in_numbers(five))
    assert "5 accounts with a stage, 4 quarters from 2023Q1 to 2023Q4" in said
    assert "the book's own: build, stable, deep, lapsed" in said
    none = odd(tmp_path, "none", lambda: history({"A": "b"}))
    assert "stage_history.contribution would say" in str(lesson.book_in_numbers(none)).replace(
        "\\", ""
    )


def test_stages_alone_are_a_book(tmp_path, five):
    """Once: refused for want of a ledger, where the README said "or stages of your own"."""
    opened = alone(tmp_path, FIVE, AMOUNTS)
    assert opened.tables == ("stage_history",) and list(opened.names()) == list("ABCDE")
    states = readiness(opened).set_index("lesson")["state"]
    assert states["11"] == "part" and states["01"] == "skipped"
    # what an account leaves may be below zero: once that was a return
    assert any("negative amount" in note and "return" not in note for note in opened.notes)
    found = lesson.stages(opened)
    pd.testing.assert_frame_equal(found.panel, five.panel)
    assert not lesson.other_rules(found).known
    review = lesson.account_review(found, settled(found)[1]).numbers["review"]
    assert review["account_id"].tolist() == list("ABCDE")


def test_moves_by_hand(five):
    found = lesson.chances(five)
    # from deep: A once, C three times stay; D lapses
    assert found.numbers["stays"] == 0.8 and found.numbers["n"] == 5
    # five accounts: no interval, no test
    assert "low" not in found.numbers and "Fewer than 20 cases" in str(found)
    assert not lesson.change(five).known and not lesson.memory(five, lesson.change(five)).known
    flow = lesson.flow(five).numbers
    # up: A twice, B once, D once; back: E; down: none; lost: D, E
    assert [flow[name] for name in ("rose", "fell", "lost", "back")] == [4, 0, 2, 1]


def test_worth_and_time_by_hand(tmp_path):
    # of eight cases in deep one is lost for good in a year, and brings 100 a year while it is there
    lines = {"A": "ddd", "B": "ddd", "C": "ddd", "D": "ddl", "E": "lll"}
    files = history(lines, AMOUNTS)
    for number, quarter in enumerate(("2023-01-01", "2023-04-01", "2023-07-01")):
        files["stage_history.csv"] = files["stage_history.csv"].replace(
            quarter, f"{2021 + number}-01-01"
        )
    found = odd(tmp_path, "years", lambda: files)
    assert found.step == "year"
    _, now = settled(found)
    times = lesson.how_long(found, now)
    assert times.numbers["time"] == pytest.approx(8) and times.numbers["year"] == pytest.approx(
        1 / 8
    )
    # half are lost after the sixth year: (7/8)^5 > .5 > (7/8)^6
    assert times.numbers["half"] == "6 years"
    # once: "drawn out by a few"; (7/8)^8 of them are there after the eighth year
    assert times.numbers["outlast"] == pytest.approx((7 / 8) ** 8)
    assert "34.4 % stay longer than the mean" in str(times) and "a few" not in str(times)
    value = lesson.values(found, now, 0.1)
    assert value.numbers["value"] == pytest.approx(100 / (1 - 0.875 / 1.1))
    assert "no interval can be given" in str(value)
    assert "a shorter step would tell them apart" in str(lesson.frozen_list(found, now))
    assert not lesson.long_run(found, now).numbers.get("back")


def test_two_regimes_are_found_and_pooling_misses():
    found = looked_at(lesson.stages, "linjiang")
    changed, now = settled(found, 100)
    assert changed.numbers["since"] == "2023Q3" and now.since == "2023Q3"
    # the floor of the test: none of 100 that were dealt
    assert changed.numbers["p"] == 1 / 101 and "at most 1.0 % of cases" in str(changed)
    memory = lesson.memory(found, changed)
    assert memory.numbers["first_order"] == "yes"
    # one of 401 was once "at most 0.2 %"; 215 to 77 stood in a table without a word
    fully = lesson.change(found)
    assert fully.numbers["p_most"] == 0.003 > fully.numbers["p"] == pytest.approx(1 / 401)
    assert "at most 0.3 % of cases" in str(fully)
    assert "Since 2021Q1 deep changed most, from 215 to 77 accounts" in str(lesson.spread(found))
    assert "If the chances of now hold, an account in deep is lost" in str(
        lesson.how_long(found, now)
    )
    missed = lesson.pooled_misses(found, changed).numbers
    assert missed["move"] == "deep to deep"
    assert missed["is"] < missed["mixed"] < missed["was"]
    assert abs(missed["forecast"] - missed["counted"]) > 3 * abs(
        missed["fitted"] - missed["counted"]
    )
    # once "four times 0.0 % lapse", and not a word of deep by the ledger and by the managers
    rules = lesson.other_rules(found).numbers
    assert 0.9 < rules["stay_low"] < rules["stay_high"] < 0.95
    assert rules["own_stays"] == pytest.approx(0.853, abs=5e-4)
    value = lesson.values(found, now)
    assert value.numbers["entry_brings"] < 0 < value.numbers["entry_value"]
    assert value.table["value"].loc[["lapsed", "build", "stable", "deep"]].is_monotonic_increasing
    # once: "worth it", beside a lapsed account on which nothing is spent, worth 514.3 k
    assert value.numbers["gain"] == pytest.approx(607_720 - 514_329, abs=5)
    assert value.numbers["gain_low"] < value.numbers["gain"] < value.numbers["gain_high"]
    frozen = lesson.frozen_list(found, now, 0.5)
    whole = lesson.frozen_list(found, now, 1.0)
    assert frozen.numbers["cost"] == pytest.approx(whole.numbers["cost"] / 2)
    assert frozen.numbers["missed"] == pytest.approx(whole.numbers["missed"])
    assert frozen.numbers["frame"]["cost"].iloc[0] == 0
    # as many stay as by the chain, but the chain's cost of the list that was counted lies outside
    # what was counted: once it stood beside the cost of another list, and nobody said so
    assert "does not describe" not in str(whole)
    assert whole.numbers["then_chain"] == pytest.approx(4_274_303, abs=5)
    assert 0 < whole.numbers["was_low"] < whole.numbers["was_high"] < whole.numbers["then_chain"]
    assert "it misses the list of 2023Q4" in str(whole) and "**A list" not in str(whole)
    assert frozen.numbers["then_chain"] == pytest.approx(whole.numbers["then_chain"] / 2)
    lifts = lesson.other_lifts(found, frozen)
    assert lifts.numbers["counted"] == pytest.approx(whole.numbers["was"])
    assert "as counted would have cost" in str(lifts)
    claims = lesson.claims(found, changed, memory, now)
    assert {row[0]: row[4] for row in claims.data["claims"]} == {
        "S000-2c": "does not hold",
        "S000-3c": "holds in part",
        "S000-5e": "holds",
        "S000-9d": "holds",
        "S000-12a": "cannot be tested here",
        "S003-5d": "cannot be tested here",
        # they fall back; why they do, no table says
        "S003-7a": "holds in part",
        "S001-1e": "does not hold",
    }


def test_a_list_of_a_year_ago_as_it_went_by_hand(tmp_path):
    lines = {"A": "ddsss", "B": "ddddd", "C": "ssddd", "D": "bssss", "E": "lllll"}
    found = odd(tmp_path, "year", lambda: history(lines, AMOUNTS))
    _, now = settled(found)
    numbers = lesson.frozen_list(found, now).numbers
    # A and B are listed. A falls in the third quarter, C rises in it: a list that is renewed at the
    # end of that quarter holds B and C, and wins 80 in each of the last two
    assert (numbers["listed"], numbers["kept"]) == (2, 0.5)
    assert numbers["was"] == pytest.approx(160)
    assert lesson.frozen_list(found, now, 0.5).numbers["was"] == pytest.approx(80)
    # the chain tells of the same list, and five accounts give no interval that it could miss
    start = pd.Series({"build": 1, "stable": 1, "deep": 2, "lapsed": 1}, dtype=float)
    told = chains.frozen_list_cost(now.matrix, now.reward, start[now.matrix.index], listed=["deep"])
    assert (
        numbers["then_chain"] == pytest.approx(told["cost"].sum()) and not numbers["chain_misses"]
    )


def test_a_chain_that_is_too_quick_for_a_list_is_called_so():
    """Once: three of four would stay by the chain, where 94 of 100 had stayed, without a word."""
    found = lesson.stages(Book.open("raw_export"))
    _, now = settled(found)
    said = lesson.frozen_list(found, now, draws=50)
    assert said.numbers["kept"] > said.numbers["still"] + 0.1
    assert "The chain does not describe this list" in str(said)
    seasonal = looked_at(lesson.stages, "yunhe")
    frozen = lesson.frozen_list(seasonal, settled(seasonal)[1], draws=50)
    assert frozen.numbers["cost"] > 0 > frozen.numbers["was_high"] and frozen.numbers["was"] < 0
    assert "costs" not in frozen.title and "**A list" not in str(frozen)
    assert "nothing hangs on this assumption" in str(lesson.other_lifts(seasonal, frozen))


def test_the_review(five):
    found = looked_at(lesson.stages, "linjiang")
    _, now = settled(found)
    review = lesson.account_review(found, now).numbers["review"]
    assert len(review) == 600 and review["stage"].value_counts()["deep"] == 77
    assert review.loc[review["stage"] == "lapsed", "lost_in_a_year"].isna().all()
    assert review["stage_worth"].notna().all()
    _, few = settled(five)
    small = lesson.account_review(five, few).numbers["review"].set_index("account_id")
    assert small["stage_since"].to_dict() == {"A": 2, "B": 2, "C": 4, "D": 2, "E": 1}
    assert "stage_worth_low" not in small


def test_a_season_is_not_taken_for_a_change():
    """Once: the last quarter of a seasonal book was said to have chances of its own."""
    found = looked_at(lesson.stages, "yunhe")
    changed, now = settled(found)
    assert changed.numbers["period"] not in ("2024Q4", "2022Q3")
    assert now.unseen == ()


def test_nobody_who_came_back_is_no_proof_that_nobody_will():
    """Once: "0.0 % (0.0 % to 0.0 %)" of resamples that hold no return, and the verdict "holds"."""
    found = looked_at(lesson.stages, "yunhe")
    changed, now = settled(found)
    claims = lesson.claims(found, changed, lesson.memory(found, changed), now)
    row = next(row for row in claims.data["claims"] if row[0] == "S000-2c")
    assert row[4] == "cannot be told from this book" and row[3] == "0.0 % (0.0 % to 32.4 %)"
    # 31 cases since the change, of 8 accounts that were seen after they lapsed
    assert (now.counted.loc["lapsed"].sum(), now.leavers["lapsed"]) == (31, 8)


def test_stages_of_other_names_ask_for_theirs(tmp_path):
    found = odd(tmp_path, "own_names")
    assert found.states == ("contact", "customer", "partner")
    _, now = settled(found)
    said = str(lesson.how_long(found, now))
    assert "called deep: set best to one of contact, customer, partner" in said
    named = odd(tmp_path, "own_names", best="partner", lost="contact")
    _, now = settled(named)
    assert lesson.how_long(named, now).known and named.states[-1] == "contact"


def test_missing_contributions_are_no_zeros(tmp_path):
    found = odd(tmp_path, "own_in_years")
    _, now = settled(found)
    assert found.blank > 0 and "count for no mean" in str(lesson.book_in_numbers(found))
    assert now.reward["stable"] == 10


def test_what_is_seen_in_the_last_quarter_only_is_said(tmp_path):
    found = odd(tmp_path, "seen_in_the_last_quarter")
    said = lesson.chances(found)
    assert said.numbers["unseen"] == ["deep", "lapsed"] and "as if it were never left" in str(said)


def test_nineteen_accounts_get_no_interval_and_no_rule(tmp_path):
    found = odd(tmp_path, "nineteen_accounts")
    changed, now = settled(found)
    assert not changed.known and not len(now.matrices)
    claims = lesson.claims(found, changed, lesson.memory(found, changed), now)
    assert {row[4] for row in claims.data["claims"]} == {"cannot be tested here"}


def test_one_month_and_a_broken_one(tmp_path):
    found = odd(tmp_path, "one_month", books.one_month)
    assert not len(found.panel) and "2 whole" not in str(lesson.spread(found))
    assert "Stages take a dated ledger of 3 whole quarters" in str(lesson.spread(found))
    (tmp_path / "more").mkdir()
    broken = odd(tmp_path / "more", "breaks_off", books.breaks_off)
    assert broken.cut_off == ("2024Q4",)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"step": "week"}, "step is 'week'"),
        ({"silent": 0}, "silent is 0"),
        ({"steady": 0}, "steady is 0"),
        ({"deep": 80}, "deep must be a fraction"),
    ],
)
def test_odd_rules(tmp_path, options, says):
    with pytest.raises(ValueError, match=says):
        odd(tmp_path, "flat", books.flat, **options)


def test_sixteen_years_without_a_break(five):
    _, now = settled(five)
    # from build: A and B rise, B stays once
    found = lesson.long_path(five, now, years=1)
    assert found.numbers["spans"] == "4 quarters"
    # four quarters are three moves; once it was the fourth power
    assert found.numbers["chance"] == pytest.approx((1 / 3) ** 3)
    assert "one of" not in str(found)
    assert "That is one of 14.35 m" in str(lesson.long_path(five, now, years=4))
    with pytest.raises(ValueError, match="years is 0"):
        lesson.long_path(five, now, years=0)


def test_memory_alone_decides_where_a_change_could_not_be_tested(tmp_path):
    """Once: "needs 20 accounts" of a book of many whose own test had rejected the chain."""
    # what comes after stable hangs on the stage before it: from build to deep, from deep to build
    lines = {f"A{n}": "bsdsb"[n % 2 :] + "s"[: n % 2] for n in range(0, 60, 2)}
    lines |= {f"B{n}": "dsbsd" for n in range(30)}
    found = odd(tmp_path, "memory", lambda: history(lines))
    changed, now = settled(found)
    remembered = lesson.memory(found, changed)
    assert not changed.known and remembered.numbers["first_order"] == "no"
    claims = lesson.claims(found, changed, remembered, now)
    row = next(row for row in claims.data["claims"] if row[0] == "S000-3c")
    assert row[4].startswith("does not hold") and "change: not tested" in row[3]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"best": "deep", "lost": "deep"}, "both 'deep'"),
        ({"best": "Deep"}, "best is 'Deep'"),
        ({"lost": "lost"}, "lost is 'lost'.*'lapsed'"),
    ],
)
def test_a_name_that_no_stage_has_is_refused_at_once(tmp_path, options, says):
    """Once a KeyError ten cells later, or an answer that said nothing of it."""
    with pytest.raises(ValueError, match=says):
        odd(tmp_path, "five", lambda: history(FIVE, AMOUNTS), **options)


def spaced(dates: list[str]) -> dict[str, str]:
    """Of eight cases in deep one is lost in each step."""
    lines = {"A": "ddd", "B": "ddd", "C": "ddd", "D": "ddl", "E": "lll"}
    files = history(lines, AMOUNTS)
    for old, new in zip(("2023-01-01", "2023-04-01", "2023-07-01"), dates, strict=True):
        files["stage_history.csv"] = files["stage_history.csv"].replace(old, f"x{new}")
    files["stage_history.csv"] = files["stage_history.csv"].replace("x", "")
    return files


def test_half_years_are_half_years(tmp_path):
    """Once they were told as quarters, and four of them as a year."""
    found = odd(
        tmp_path, "halves", lambda: spaced(["2021-01-01", "2021-07-01", "2022-01-01"]), step="month"
    )
    assert found.step == "half-year"
    said = str(lesson.book_in_numbers(found))
    assert "3 half-years from" in said and "a step of one month was not used" in said
    _, now = settled(found)
    # within a year of two half-years
    year = lesson.how_long(found, now).numbers["year"]
    assert year == pytest.approx(1 - (7 / 8) ** 2)
    worth = lesson.values(found, now, 0.21).numbers["value"]
    assert worth == pytest.approx(100 / (1 - 0.875 / 1.1))


def test_steps_without_a_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="2 months apart"):
        odd(tmp_path, "twos", lambda: spaced(["2021-01-01", "2021-03-01", "2021-05-01"]))


def test_the_ledger_is_added_up_by_the_step_of_the_own_stages(tmp_path):
    """Once: own stages of each month, and rates of a quarter beside them."""
    files = spaced(["2021-01-01", "2021-02-01", "2021-03-01"])
    files["ledger.csv"] = "account_id,date,revenue\n" + "".join(
        f"{name},2021-{month:02d}-03,10\n" for name in "ABC" for month in range(1, 7)
    )
    found = odd(tmp_path, "months", lambda: files)
    assert found.step == "month" and found.bought.shape[1] >= 5
    assert "lapse in a month" in str(lesson.other_rules(found))


def test_the_first_quarters_of_a_ledger_give_no_stage(tmp_path):
    """Once: "every whole quarter counts", where the first held 43 of 100 of the sales."""
    files = {
        "ledger.csv": "account_id,date,revenue\n"
        + "".join(
            f"{name},202{3 + n // 12}-{n % 12 + 1:02d}-03,{50 if n < 3 else 10}\n"
            for name in "ABC"
            for n in range(18)
        )
    }
    found = odd(tmp_path, "early", lambda: files)
    said = lesson.book_in_numbers(found)
    # 150 of 300 of each account
    assert said.numbers["held"] == pytest.approx(0.5) and found.periods[0] == "2023Q2"
    assert "the first of them, 1 quarter" in str(said)


def test_what_a_rule_decides_is_no_finding(tmp_path):
    """Once: S000-9d held on every ledger, and nobody ever stayed in build, both by the rule."""
    found = looked_at(lesson.stages, "yunhe")
    changed, now = settled(found)
    claims = lesson.claims(found, changed, lesson.memory(found, changed), now)
    row = next(row for row in claims.data["claims"] if row[0] == "S000-9d")
    assert row[4].startswith("cannot be tested here")
    said = str(lesson.long_path(found, now))
    assert "By the rule an account leaves build once it has bought in 2 quarters in a row" in said


@pytest.mark.parametrize(
    ("accounts", "verdict"), [(100, "does not hold"), (25, "cannot be told from this book")]
)
def test_nobody_ever_moves(tmp_path, accounts, verdict):
    """Once untold however many there were. Wilson of none in 100 ends at 3.7 %, in 25 at 13.3 %."""
    found = odd(tmp_path, "still", lambda: history({f"A{n}": "dddd" for n in range(accounts)}))
    changed, now = settled(found)
    claims = lesson.claims(found, changed, lesson.memory(found, changed), now)
    row = next(row for row in claims.data["claims"] if row[0] == "S000-9d")
    assert row[4] == verdict


def test_where_the_chain_misses_the_count_is_shown(tmp_path):
    """Once: a share by the chain alone, eleven points beside what had been counted."""
    # half of the accounts are deep always, the others go and come back each quarter
    lines = {f"A{n}": "d" * 10 for n in range(30)}
    lines |= {f"B{n}": ("dl" * 5 if n % 2 else "ld" * 5) for n in range(30)}
    found = odd(tmp_path, "two_kinds", lambda: history(lines))
    _, now = settled(found)
    times = lesson.how_long(found, now)
    # seen for a year: 30 x 6 that stay, 30 x 3 that are lost; by the chain 135 of 405 moves out of
    # deep lead to lapsed
    assert times.numbers["cases"] == 270
    assert times.numbers["year"] == times.numbers["counted"] == pytest.approx(1 / 3)
    assert times.numbers["by_chain"] == pytest.approx(1 - (2 / 3) ** 4)
    assert "The chain misses that" in str(times) and "By the chain, of the" in str(times)
    review = lesson.account_review(found, now).numbers["review"]
    assert review["lost_in_a_year"].dropna().unique() == pytest.approx([1 / 3])
    book = looked_at(lesson.stages, "linjiang")
    alike = lesson.how_long(book, settled(book)[1])
    assert "misses" not in str(alike) and alike.numbers["cases"] > 300


CHINESE = {"b": "建立", "s": "稳定", "d": "加强", "l": "流失"}


def chinese() -> dict[str, str]:
    files = history(FIVE)
    for word, name in zip(("build", "stable", "deep", "lapsed"), CHINESE.values(), strict=True):
        files["stage_history.csv"] = files["stage_history.csv"].replace(f",{word}", f",{name}")
    return files


def test_no_way_is_up_where_no_order_is_known(tmp_path):
    """Once names without a contribution were ordered by code point, and "up" told by that."""
    found = odd(tmp_path, "chinese", chinese, best="加强", lost="流失")
    flow = lesson.flow(found)
    # all that rise in `test_moves_by_hand`
    assert flow.numbers["moves"] == 4 and "Which of them lead up is not known" in str(flow)
    assert flow.numbers["lost"] == 2 and flow.numbers["back"] == 1
    order = ("建立", "稳定", "加强")
    ranked = odd(tmp_path, "chinese", chinese, best="加强", lost="流失", order=order)
    assert ranked.states == (*order, "流失")
    told = lesson.flow(ranked).numbers
    assert [told[name] for name in ("rose", "fell", "lost", "back")] == [4, 0, 2, 1]
    with pytest.raises(ValueError, match="order names"):
        odd(tmp_path, "chinese", chinese, best="加强", lost="流失", order=("建立", "稳定"))


def test_names_left_at_their_default_are_said_at_once(tmp_path):
    found = odd(tmp_path, "chinese", chinese)
    said = str(lesson.book_in_numbers(found))
    assert "called deep" in said and "called lapsed, so nobody counts as lost" in said


def test_what_was_not_tested_is_not_called_unchanged(five):
    changed, _ = settled(five)
    assert not changed.known
    assert "was not tested" in str(lesson.pooled_misses(five, changed))


def test_a_saving_within_chance_decides_nothing(tmp_path, five):
    """Once seven accounts, and an interval on both sides of zero, let "nothing hang" on the list."""
    del tmp_path
    _, now = settled(five)
    frozen = lesson.frozen_list(five, now)
    over = lesson.Finding(
        frozen.numbers | {"base": -1.0, "listed": 7, "was_high": 5.0}, ("A list.",)
    )
    assert "cannot be told" in str(lesson.other_lifts(five, over))
    under = lesson.Finding(
        frozen.numbers | {"base": -1.0, "listed": 70, "was_high": -5.0}, ("A list.",)
    )
    assert "nothing hangs on this assumption" in str(lesson.other_lifts(five, under))


def test_a_list_that_keeps_decliners_and_misses_nobody_holds_in_part(tmp_path):
    """Once the claim named growers, and the test counted decliners alone."""
    lines = {f"A{n}": "ddddd" for n in range(40)} | {f"B{n}": "dddss" for n in range(40)}
    found = odd(tmp_path, "no_growers", lambda: history(lines))
    changed, now = settled(found)
    claims = lesson.claims(found, changed, lesson.memory(found, changed), now)
    row = next(row for row in claims.data["claims"] if row[0] == "S000-5e")
    # left: 40 of 80; new: none of 40, Wilson to 8.8 %
    assert row[4] == "holds in part" and "left: 50.0 %" in row[3] and "new: 0.0 %" in row[3]


def test_the_period_of_the_change_stands_below_the_axis():
    """Once every second quarter was named, and the one that was asked for was not."""
    names = [f"{2021 + n // 4}Q{n % 4 + 1}" for n in range(16)]
    # and evenly apart, as the quarters are: once the last one stood three after its neighbour
    for named in ("2023Q3", "2023Q4", ""):
        places = figures._places(names, named)
        assert set(np.diff(places)) == {2} and (not named or names.index(named) in places)
    assert 15 in places and figures._places(["a"], "b") == [0]


def test_odd_assumptions(five):
    _, now = settled(five)
    # once: twelve was taken for 1,200 % a year
    with pytest.raises(ValueError, match=r"discount is 12: .* 0\.12 for 12 %"):
        lesson.values(five, now, 12)
    with pytest.raises(ValueError, match="discount is 0"):
        lesson.values(five, now, 0)
    with pytest.raises(ValueError, match="lift must be"):
        lesson.frozen_list(five, now, 2)
    with pytest.raises(ValueError, match="level must be"):
        lesson.change(five, 5)
    for least in (0.6, -1):
        with pytest.raises(ValueError, match="least"):
            lesson.change(five, least=least)
    for years in (0, -1):
        with pytest.raises(ValueError, match="years is"):
            lesson.frozen_list(five, now, years=years)
    for rule in ((1, 2), (1.5, 2, 0.8), (1, 0, 0.8)):
        with pytest.raises(ValueError, match="rules has"):
            lesson.other_rules(five, (rule,))
    with pytest.raises(ValueError, match="discounts is empty"):
        lesson.other_readings(five, now, ())
    with pytest.raises(ValueError, match="lifts is empty"):
        lesson.other_lifts(five, lesson.frozen_list(five, now), ())


def test_northwind_by_quarter(real_data):
    del real_data
    found = lesson.stages(Book.open(Path(__file__).parent / "books" / "northwind" / "book.toml"))
    assert found.cut_off == ("2018Q2",) and found.panel["account_id"].nunique() == 89
    changed, now = settled(found)
    assert not changed.known and "4 quarters of moves or more on each side" in str(changed)
    assert lesson.memory(found, changed).numbers["first_order"] == "no"
    # an order a quarter is not a rule there: six of ten that were silent order again
    assert 0.5 < lesson.long_run(found, now).numbers["back"] < 0.7
    assert np.isfinite(lesson.values(found, now).numbers["value"])


def test_cdnow_by_quarter(cdnow):
    found = lesson.stages(cdnow)
    spread = lesson.spread(found)
    assert spread.numbers["top"] == "lapsed" and spread.numbers["part"] == pytest.approx(
        0.859, abs=5e-4
    )
    _, now = settled(found, 20)
    # most came once: a lost one comes back with a chance of one in ten or so
    assert 0.05 < lesson.long_run(found, now).numbers["back"] < 0.15


def test_what_a_ledger_never_shows_is_no_name_to_set(tmp_path):
    """Once: "set lost to one of build, deep, stable", where the rules made no lapsed account; 3e-17
    of the accounts in build in the long run; and lost ones that "come back as they do", who do not.
    """
    never = "\n".join(
        f"{name},{month}-05,{10 + n}"
        for n, name in enumerate("ABCDEF")
        for month in pd.period_range("2022-01", "2023-12", freq="M")
    )
    found = odd(tmp_path, "never", lambda: {"ledger.csv": f"account_id,date,revenue\n{never}\n"})
    _, now = settled(found)
    said = str(lesson.how_long(found, now))
    assert "no account of this ledger is ever in lapsed" in said and "set lost" not in said
    yunhe = looked_at(lesson.stages, "yunhe")
    long_run = lesson.long_run(yunhe, settled(yunhe)[1])
    shares = long_run.numbers["frame"]["then"]
    assert shares["lapsed"] == pytest.approx(1) and (shares.drop("lapsed") == 0).all()
    assert "come back as they do" not in str(long_run)


def test_who_was_credited_more_than_it_bought_did_not_lapse(tmp_path):
    # once: A lapsed in 2024Q2, in which it bought and was credited 500, and came back in 2024Q3
    quarters = [(year, month) for year in (2023, 2024) for month in (2, 5, 8, 11)]
    rows = [
        f"{name},{y}-{m:02d}-10,{20 if name == 'A' else 5}" for name in "AB" for y, m in quarters
    ]
    # C sends back only, after two quarters: that is no purchase
    rows += ["A,2024-06-15,-500", "C,2023-02-10,4", "C,2023-05-10,4", "C,2023-08-10,-1"]
    rows += ["B,2023-01-02,1", "B,2024-12-31,1"]
    files = {"ledger.csv": "account_id,date,revenue\n" + "\n".join(rows) + "\n"}
    found = odd(tmp_path, "credited", lambda: files)
    stages = found.panel.groupby("account_id")["stage"].agg(list)
    assert stages["A"] == ["deep"] * 4 + ["stable"] + ["deep"] * 2  # 20 - 500 is no deep amount
    assert stages["B"] == ["stable"] * 7
    assert stages["C"] == ["stable"] + ["lapsed"] * 6
    flow = lesson.flow(found).numbers
    assert [flow[name] for name in ("lost", "back")] == [0, 0]
    # and no lapsed account brings what A was credited
    assert found.panel.loc[found.panel["stage"] == "lapsed", "amount"].min() == -1
    # A and B could lapse six times each, and C did the one time
    tried = lesson.other_rules(found).table
    assert tried.iloc[0]["lapses"] == pytest.approx(1 / 13)
