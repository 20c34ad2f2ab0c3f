"""What lesson 10 says of small books worked by hand, and what it once got wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery import books_churn
from opened import bundled, looked_at

from keyacct_utils.book import Book
from keyacct_utils.lessons.churn import findings as lesson
from keyacct_utils.lessons.churn import survival
from keyacct_utils.lessons.showing.finding import unknown


def odd(tmp_path, name, period="all"):
    files = books_churn.BOOKS[name]()
    toml = f'contract_version = 1\nname = "{name}"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return lesson.churn(Book.open(tmp_path / "book.toml"), period)


@pytest.fixture(scope="module")
def found():
    return looked_at(lesson.churn, "linjiang")


def test_the_time_under_watch_is_the_ledgers_and_not_that_of_the_payments(found):
    """Once: the book is complete up to March, for invoices; so all 600 accounts were silent."""
    assert (f"{found.begin:%Y-%m-%d}", f"{found.end:%Y-%m-%d}") == ("2021-01-01", "2024-12-31")
    assert lesson.silent(found).numbers["lapsed"] == 0


def test_a_period_is_the_time_under_watch(found):
    year = lesson.churn(bundled("linjiang"), "2024")
    assert f"{year.begin:%Y-%m-%d}" == "2024-01-01"
    ended = found.entered["end"].dropna()
    assert year.lines["event"].sum() == (ended >= "2024-01-01").sum()
    assert "watched from 2024-01-01 to 2024-12-31" in str(lesson.book_in_numbers(year))
    rate = lesson.yearly_loss(year).numbers
    assert rate["low"] < lesson.yearly_loss(found).numbers["rate"] < rate["high"]


def test_the_yearly_loss_by_hand(found):
    lines = found.entered
    begin, end = pd.Timestamp("2021-01-01"), pd.Timestamp("2024-12-31")
    until = lines["end"].where(lines["end"] <= end, end)
    days = (until - lines["start"].where(lines["start"] > begin, begin)).dt.days
    numbers = lesson.yearly_loss(found).numbers
    assert numbers["left"] == (lines["end"] <= end).sum() == 367
    assert numbers["rate"] == pytest.approx(367 / (days.sum() / 365.25), rel=1e-3)
    assert numbers["naive"] == pytest.approx(367 / 1500)
    # 8.8 for each 100 years is a rate; the share of a year is smaller: once both were "8.8 %"
    assert numbers["per"] == pytest.approx(100 * numbers["rate"])
    assert numbers["year"] == pytest.approx(1 - np.exp(-numbers["rate"]))
    said = str(lesson.yearly_loss(found))
    assert "8.8 a year for each hundred under watch" in said and "8.4 % of those that run" in said
    causes = lesson.causes(found, draws=5).numbers
    assert causes["all"] == pytest.approx(numbers["per"])
    assert lesson.rates_by_group(found).numbers["all_per"] == pytest.approx(numbers["per"])


def test_what_is_planted_shows_in_the_story(found):
    planted = json.loads((bundled("linjiang").folder / "truth" / "churn.json").read_text("utf-8"))
    groups = lesson.rates_by_group(found)
    assert groups.numbers["top"] == "government"
    assert groups.numbers["ratio_low"] < 1 < groups.numbers["ratio_high"]
    assert "no difference is shown" in str(groups)
    # the group is picked by money and the ratio counts: the one in money stands beside it
    lines, mine = found.lines, found.groups["sector"] == "government"
    held = lines["value"] * (lines["duration"] - lines["entry"]) / 12
    gone = lines["value"] * lines["event"]
    ratio = gone[mine].sum() / held[mine].sum() / (gone[~mine].sum() / held[~mine].sum())
    assert groups.numbers["money_ratio"] == pytest.approx(ratio)
    assert groups.numbers["money_low"] < 1 < groups.numbers["money_high"]
    why = lesson.causes(found, draws=50)
    assert why.numbers["top"] == "own_business"
    share = why.numbers["frame"]["share"]["own_business"]
    assert share == pytest.approx(planted["own_share"], abs=0.08)
    frame = lesson.drivers(found).numbers["frame"]
    for name, log in planted["log_ratios"].items():
        assert frame.loc[lesson.CALLED[name], "log_ratio"] == pytest.approx(log, abs=0.45)
    # all reasons together hide the half of it
    assert frame["together"].iloc[0] < frame["low"].iloc[0]
    # by the same model: once it was the odds ratio of a quarter that stood beside it
    lines = found.lines.dropna(subset=list(lesson.UNITS)).astype(dict.fromkeys(lesson.UNITS, float))
    cox = survival.hazard_model(lines, list(lesson.UNITS), entry="entry", units=lesson.UNITS)
    assert frame["together"].to_numpy() == pytest.approx(cox["ratio"].to_numpy())


def test_a_score_is_tested_on_months_that_it_has_not_seen(found):
    trial = lesson.calibrated(found)
    made = trial.numbers["trial"]
    assert f"{made.cut:%Y-%m-%d}" == "2023-12-31"
    known = found.entered.loc[made.running.index]
    assert (known["start"] <= made.cut).all() and not (known["end"] <= made.cut).any()
    after = known["end"].notna() & (known["end"] <= found.end)
    kept = after & (known["end_reason"] != "own_business")
    assert made.left.sum() == kept.sum() == trial.numbers["left"]
    assert trial.table["lines"].sum() == len(known)
    # once: "which it has not seen", of values that have no day
    assert "price_gap, missed_visits, satisfaction" in str(trial) and "without a day" in str(trial)
    # of those that ended for any reason the score foretells those to keep
    assert trial.numbers["every"] == after.sum() > trial.numbers["left"]
    highest = trial.table.iloc[-1]
    assert trial.numbers["top_foretold"] == highest["foretold"] > highest["observed"]


def test_a_group_picked_for_its_loss_is_held_to_all_comparisons(found):
    """Once: "more often" of the product picked, and "no difference is shown (p = 0.11)"."""
    said = lesson.rates_by_group(found, by="product")
    assert said.numbers["ratio_low"] > 1 and said.numbers["p"] > 0.05
    assert "picked from 5 groups" in str(said) and "more often" not in str(said)


def test_the_median_and_each_time_asked_are_said(found):
    said = lesson.how_long(found, at=(12, 24, 36))
    for row in said.table.itertuples():
        assert f"After {row.time:.0f} months {100 * row.stay:.1f} %" in str(said)
    curve = survival.kaplan_meier(
        found.lines["duration"], found.lines["event"], found.lines["entry"]
    )
    low = curve.index[curve["low"] <= 0.5][0]
    assert said.numbers["median_low"] == pytest.approx(low, abs=0.1)
    assert "upper limit was not seen" in str(said)


def test_the_first_calls_in_money(found):
    trial = lesson.calibrated(found)
    called = lesson.first_calls(found, trial, 30, saved=0.3, draws=50)
    table = called.table
    assert (table["called"] == 30).all() and table["reached"].max() <= called.numbers["whole"]
    assert (table["saved"] - 0.3 * table["reached"]).abs().max() < 1e-6
    every = lesson.first_calls(found, trial, 5_000, draws=20).table
    assert every["share"].tolist() == pytest.approx([1, 1, 1, 1])
    # once: a wrong name was dropped, and the weights were others than the reader's
    with pytest.raises(ValueError, match="typed names 'price'"):
        lesson.first_calls(found, trial, 30, typed={"price": 30})
    assert "includes no difference" in str(called) and "difference is" in str(called)
    with pytest.raises(ValueError, match="calls is 0"):
        lesson.first_calls(found, trial, 0)


def test_all_runs_all_left_and_one_line(tmp_path_factory):
    def book(name):
        return odd(tmp_path_factory.mktemp(name), name)

    nobody = book("nobody_left")
    assert "None of 120 lines left" in str(lesson.how_long(nobody))
    assert lesson.yearly_loss(nobody).numbers["high"] > 0
    everybody = book("all_left")
    assert not lesson.call_list(everybody).known
    assert "All of the money lost went for one reason" in str(lesson.causes(everybody, draws=5))
    alone = book("one_line")
    assert not lesson.how_long(alone).known and not lesson.yearly_loss(alone).known


def test_lines_of_one_account_have_no_ratio(tmp_path):
    """Once: errors by account from a single account were zero, and all was sure."""
    said = lesson.drivers(odd(tmp_path, "one_account_holds_all"))
    assert not said.known and "need 20 or more" in str(said)


def test_losses_on_one_side_give_no_score(tmp_path):
    made = odd(tmp_path, "one_sided")
    assert not lesson.drivers(made).known and not lesson.call_list(made).known


def test_no_effect_is_called_the_clearest_where_none_is_shown(tmp_path):
    said = lesson.drivers(odd(tmp_path, "lines_of_all_kinds"))
    assert not said.numbers["sure"] and "clearest" not in str(said)
    assert said.title == "No effect is shown of what is known"


def test_an_end_to_come_is_no_loss_and_reasons_of_ones_own_count(tmp_path_factory):
    later = odd(tmp_path_factory.mktemp("a"), "ends_to_come")
    assert later.lines["event"].sum() == 0 and len(later.lines) == 60
    own = lesson.causes(odd(tmp_path_factory.mktemp("b"), "reasons_of_ones_own"), draws=5)
    assert "name yours in the call" in str(own) and own.numbers["keep"] == 1


def test_reasons_that_nobody_named_are_said_wherever_a_loss_is_called_one_to_keep(found):
    """Once: in one step of six; and one reason given as a text was taken letter by letter."""
    steps = (lesson.drivers, lesson.calibrated, lesson.call_list, lesson.win_back)
    for step in steps:
        assert "name yours in the call" in str(step(found, ("bankrupt",))), step
        assert "name yours in the call" not in str(step(found)), step
        assert step(found, "own_business").says == step(found, ("own_business",)).says
    assert "(bankrupt)" in str(lesson.causes(found, "bankrupt", draws=5))
    assert "name yours" in str(lesson.causes(found, (), draws=5))


def test_a_line_whose_end_is_entered_is_not_called(found):
    """Once: with a period or a ledger that ends first, lines that have ended stood on the list."""
    year = lesson.churn(bundled("linjiang"), "2023")
    listed = lesson.call_list(year)
    ended = year.entered[year.entered["end"] > "2023-12-31"].index.intersection(year.lines.index)
    assert listed.numbers["later"] == len(ended) > 0
    running = lesson._today(year, ("own_business",), 12)
    assert not running.index.isin(ended).any()
    assert "not called" in str(lesson.book_in_numbers(year))
    assert "later" not in lesson.call_list(found).numbers


def test_half_known_is_said(tmp_path):
    made = odd(tmp_path, "half_the_values")
    assert "in no sum of money: 60 lines" in str(lesson.book_in_numbers(made))
    assert "Left out, since something is not known of them: 40" in str(lesson.drivers(made))


def test_a_season_is_no_lapse_and_who_stopped_is_named(tmp_path):
    made = odd(tmp_path, "stopped_and_seasonal")
    table = lesson.silent(made).table
    assert set(table.index) == {"W0", "W3", "W6", "W9"}
    assert made.noun == "account" and "Once" not in made.lines["account_id"].tolist()
    back = lesson.looked_back(made)
    assert (back.numbers["named"], back.numbers["right"]) == (4, 4)


def test_an_account_is_watched_from_its_third_purchase(tmp_path):
    """Once: from its first, as if it could have been called lapsed before it had a rhythm."""
    made = odd(tmp_path, "only_returns_late")
    line = made.lines.iloc[0]
    assert line["entry"] == pytest.approx(59 / 30.4375)  # 3 January to 3 March
    assert line["event"] == 1


def test_few_losses_are_no_test_of_many_groups(real_data):
    """Once: one loss among twelve countries of Northwind made "the times differ, p = 0.001"."""
    del real_data
    path = Path(__file__).parent / "books" / "northwind" / "book.toml"
    made = lesson.churn(Book.open(path))
    assert (len(made.silence), len(made.lines), made.lines["event"].sum()) == (89, 86, 1)
    said = lesson.rates_by_group(made)
    assert "Too few were lost for a test" in str(said)
    # once: "Canada has the largest part of the money lost, 100.0 %", which was one account
    assert "One account went silent, of Canada, which holds 5.2 %" in str(said)
    assert "largest part" not in str(said)
    assert said.title == "1 account went silent: too few to tell groups apart"
    thumb = lesson.silent(made).numbers
    assert (thumb["lapsed"], thumb["thumb"], thumb["false"]) == (1, 13, 12)


def test_verdicts_come_from_intervals(found, tmp_path):
    def ruled(made):
        groups, driven = lesson.rates_by_group(made), lesson.drivers(made)
        why = lesson.causes(made, draws=50)
        said = lesson.claims(made, groups, why, driven, draws=400)
        return [row[4] for row in said.data["claims"]]

    untested = "cannot be tested here"
    untold = "cannot be told from this book"
    # missed visits are a sign of too few managers: once "holds"
    assert ruled(found) == [untold, untold, untold, "holds in part", *[untested] * 4]
    assert ruled(odd(tmp_path, "bare_lines")) == [untested] * 8


def test_a_rival_may_stand_behind_a_reason_that_names_nobody(found):
    """Once: 39.4 % to rivals were told as "does not hold", with 20.9 % for "other" reasons."""

    def ruled(made, **options):
        said = lesson.claims(made, *[unknown("-")] * 3, draws=400, **options)
        return {row[0]: row[3:5] for row in said.data["claims"] if row[0] != "S000-5i"}["S004-1f"]

    lost = found.lost
    share = lost.groupby("cause")["value"].sum() / lost["value"].sum()
    rival = share[share.index.str.startswith("rival")].sum()
    here, verdict = ruled(found)
    assert verdict == "cannot be told from this book"
    assert f"{100 * rival:.1f} %" in here
    assert f"with other {100 * (rival + share['other']):.1f} %" in here
    assert ruled(found, unnamed=()) == [here.split(";")[0], "does not hold"]


def test_reasons_in_any_language_are_those_that_are_named(found):
    """Once: `other_causes` and the claims knew "own_business" and "rival" alone."""
    words = {"own_business": "客户倒闭", "other": "其他"}
    named = found.lines["cause"].map(lambda name: words.get(name, name))
    named = named.str.replace("rival", "竞争对手")
    made = replace(found, lines=found.lines.assign(cause=named), not_ours="客户倒闭")
    why = lesson.causes(made, draws=50)
    assert why.numbers["not_ours"] == ["客户倒闭"]
    assert why.numbers["keep"] == pytest.approx(lesson.causes(found, draws=50).numbers["keep"])
    also = lesson.other_causes(made, also="其他").numbers
    theirs = lesson.other_causes(found, also="other").numbers
    assert (also["one"], also["two"]) == (theirs["one"], theirs["two"])
    groups, driven = unknown("-"), unknown("-")
    told = lesson.claims(
        made, groups, why, driven, rivals=("竞争对手",), unnamed=("其他",), draws=400
    ).data["claims"]
    ours = lesson.claims(found, groups, why, driven, draws=400).data["claims"]
    assert [row[4] for row in told] == [row[4] for row in ours]
    # one place names them for all steps
    assert lesson.drivers(made).numbers["top"] == lesson.drivers(found).numbers["top"]


def test_the_review(found):
    review = lesson.account_review(found).numbers["review"].set_index("account_id")
    assert len(review) == 600 and set(review["silent"]) == {"no"}
    assert review["lines_lost"].sum() == 367
    listed = lesson.call_list(found).numbers["frame"]["expected"]
    assert review["expected_loss"].sum() == pytest.approx(listed.sum())
    assert review["loss_chance"].dropna().between(0, 1).all()
    assert review["expected_loss"].notna().sum() == len(listed)


def test_the_second_book_names_those_that_stopped():
    made = looked_at(lesson.churn, "yunhe")
    said = lesson.silent(made)
    assert said.numbers["lapsed"] == 11
    back = lesson.looked_back(made)
    assert back.numbers["named"] == back.numbers["right"] == 7
    # the rule of 90 days was late for two of them
    assert (back.numbers["thumb_right"], back.numbers["gone"]) == (5, 7)
    # 3.5 calls by chance on each of 12 month-ends, and none came: once no word of it
    assert (back.numbers["looks"], back.numbers["false_calls"]) == (12, 0)
    assert 40 < back.numbers["expected"] < 44 and "expects too many here" in str(back)


def test_who_is_silent_is_not_told_as_lost_and_chance_is_no_bound(tmp_path):
    """Once: "25.0 % a year left" while most of those called before came back, and chance "at most"."""
    made = odd(tmp_path, "stopped_and_seasonal")
    for finding in (lesson.silent(made), lesson.yearly_loss(made), lesson.win_back(made)):
        assert "at most" not in str(finding) and "up to about" not in str(finding)
        assert " left" not in str(finding) and "could have been kept" not in str(finding)
    numbers = lesson.yearly_loss(made).numbers
    assert "went silent" in str(lesson.yearly_loss(made))
    back = lesson.looked_back(made).numbers
    assert numbers["then_called"] == back["named"] == 4
    assert numbers["then_back"] == back["named"] - back["right"] == 0
    assert "called so 12 months ago, 0 bought again" in str(lesson.silent(made))


def test_chance_and_losses_count_the_same_accounts():
    """Once: with a period, losses of the period stood beside the chance of all accounts."""
    year = lesson.churn(bundled("yunhe"), "2024")
    numbers = lesson.yearly_loss(year).numbers
    watched = year.silence["chance"].reindex(year.lines.index)
    assert len(watched) < len(year.silence)
    assert numbers["chance"] == pytest.approx(watched.sum())
    assert numbers["chance"] < year.silence["chance"].sum()


def test_a_refund_is_no_purchase_and_each_day_of_a_sale_is_one(write_book):
    """Once: the first and last row of each month were taken, refunds too, and days between not."""
    rows = [f"A,2024-{m:02d}-{d:02d},100" for m in range(1, 9) for d in (1, 11, 21)]
    rows += ["A,2024-10-30,-5", "B,2024-01-02,50", "B,2024-02-02,-1", "B,2024-03-02,-1"]
    made = lesson.churn(Book.open(write_book("account_id,date,revenue\n" + "\n".join(rows) + "\n")))
    table = made.silence
    assert (
        table.loc["A", "purchases"] == 24 and f"{table.loc['A', 'last']:%Y-%m-%d}" == "2024-08-21"
    )
    # 1 January to 21 August: 233 days in 23 gaps
    assert table.loc["A", "mean_gap"] == pytest.approx(233 / 23)
    assert table.loc["B", "purchases"] == 1 and np.isnan(table.loc["B", "limit"])
    # 24 sales of 100 less a refund; less than a year
    assert made.yearly["A"] == pytest.approx(2395)


def test_a_monthly_posting_in_which_all_buy_to_the_end_tests_no_rule(found, tmp_path):
    """Once: "chance alone would call about 2.7" of 600 that could not but buy on the first."""
    days = found.bought["date"]
    assert days.dt.day.eq(1).all()
    assert set(found.bought.loc[days >= "2024-12-01", "account_id"]) == set(found.silence.index)
    said = lesson.silent(found)
    assert "the rhythm is the calendar's" in str(said) and "this step tests nothing" in str(said)
    assert "chance alone would call about" not in str(said)
    assert "tests no rule" in str(lesson.looked_back(found))
    levels = lesson.other_levels(found)
    assert "no level could call anybody" in str(levels) and list(levels.table) == [
        "level",
        "lapsed",
    ]
    # days that differ, and some that stopped: nothing of that is said
    made = odd(tmp_path, "stopped_and_seasonal")
    for finding in (lesson.silent(made), lesson.looked_back(made), lesson.other_levels(made)):
        assert not any(w in str(finding) for w in ("calendar's", "tests no", "could call anybody"))


def test_bad_input_is_told():
    with pytest.raises(ValueError, match=r"20 % is 0\.2"):
        lesson.churn(bundled("yunhe"), level=95)
    made = looked_at(lesson.churn, "yunhe")
    for step, options in (
        (lesson.looked_back, {"months": 0}),
        (lesson.silent, {"days": -3}),
        (lesson.silent, {"shown": 0}),
        (lesson.calibrated, {"groups": 0}),
        (lesson.call_list, {"shown": 0}),
    ):
        with pytest.raises(ValueError, match="expected a whole number of 1 or more"):
            step(made, **options)
    with pytest.raises(ValueError, match="levels is empty"):
        lesson.other_levels(made, ())
    with pytest.raises(ValueError, match="levels"):
        lesson.other_levels(made, (95,))


def test_more_groups_than_lines_are_refused_in_words(found):
    with pytest.raises(ValueError, match="groups is 500: 1149 lines make at most 229 groups"):
        lesson.calibrated(found, groups=500)


def test_a_watch_that_an_end_opens_does_not_count_it(tmp_path, monkeypatch):
    """Once: a register older than its ledger was watched from the very day of its first loss."""
    files = books_churn.BOOKS["lines_of_all_kinds"]()
    rows = files["ledger.csv"].splitlines(keepends=True)
    files["ledger.csv"] = "".join(row for row in rows if ",2022-" not in row)
    monkeypatch.setitem(books_churn.BOOKS, "younger_ledger", lambda: dict(files))
    made = odd(tmp_path, "younger_ledger")
    ends = made.entered["end"].dropna()
    assert ends.min() < pd.Timestamp("2023-01-01")
    assert made.begin == ends.min() + pd.Timedelta(days=1)
    assert made.lines["event"].sum() == ((ends > ends.min()) & (ends <= made.end)).sum()


def test_cdnow_each_by_its_own_rhythm(cdnow):
    made = lesson.churn(cdnow)
    assert f"{made.end:%Y-%m-%d}" == "1998-06-30"
    numbers = lesson.silent(made).numbers
    # most bought once or twice, and of these nothing is said
    assert numbers["alone"] > 2 * numbers["told"] > 10_000
    assert numbers["lapsed"] > 10 * numbers["chance"]
    assert np.isfinite(lesson.yearly_loss(made).numbers["rate"])
    back = lesson.looked_back(made).numbers
    # called by their own rhythm more stay away than of those named by 90 days
    assert back["right"] / back["named"] > back["thumb_right"] / back["thumb"]


def test_who_lapsed_before_the_time_under_watch_is_told(tmp_path):
    """Once: "of 3 accounts that bought, those with 3 purchase days or more: 2 here; 0 lapsed", where
    all three have 3 or more, and one of them lapsed the year before.
    """
    days = pd.date_range("2022-01-10", "2024-12-10", freq="MS") + pd.Timedelta(days=9)
    rows = [f"{name},{day:%Y-%m-%d},10" for name in "AB" for day in days]
    rows += [f"C,{day:%Y-%m-%d},10" for day in days[:12]]
    (tmp_path / "ledger.csv").write_text("account_id,date,revenue\n" + "\n".join(rows), "utf-8")
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "W"\n[tables.ledger]\npath = "ledger.csv"\n', "utf-8"
    )
    opened = Book.open(tmp_path / "book.toml")
    year = str(lesson.book_in_numbers(lesson.churn(opened, "2024")))
    assert "of 3 accounts that bought, those with 3 purchase days or more are judged" in year
    assert "3 here. Of these, 1 had lapsed before 2024-01-01, which leaves 2 under watch; 0" in year
    assert lesson.silent(lesson.churn(opened, "2024")).numbers["lapsed"] == 1
    whole = str(lesson.book_in_numbers(lesson.churn(opened)))
    assert "judged by their own rhythm: 3 here; 1 lapsed." in whole
