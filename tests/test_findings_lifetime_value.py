"""What lesson 09 says of small books worked by hand, of two real ones, and what it once got wrong."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery import books_lifetime_value as odd_books
from opened import looked_at

from keyacct_utils import truth
from keyacct_utils.book import Book
from keyacct_utils.lessons.lifetime_value import LESSON, contracts
from keyacct_utils.lessons.lifetime_value import findings as lesson
from keyacct_utils.lessons.lifetime_value.inputs import at_risk, steady
from keyacct_utils.review.handover import _DIGITS
from keyacct_utils.review.workbook import _UNITS


def odd(tmp_path, name, **rules):
    files = dict(odd_books.BOOKS[name]())
    toml = f'contract_version = 1\nname = "{name}"\n{files.pop("toml", "")}'
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
        toml += f'[tables.{file.removesuffix(".csv")}]\npath = "{file}"\n'
    (tmp_path / "book.toml").write_text(toml, encoding="utf-8")
    return lesson.lifetimes(Book.open(tmp_path / "book.toml"), "all", **rules)


@pytest.fixture(scope="module")
def story():
    return looked_at(lesson.lifetimes, "linjiang")


def test_retention_of_steady_accounts_by_hand(tmp_path):
    """Thirty accounts over 24 months, half of which stop after the twelfth. The first six months
    make them steady, and in the last two no silence of three can be seen: 15 x (12 - 6 + 1) and 15
    x (22 - 6) months at risk, 15 that left.
    """
    found = odd(tmp_path, "half_left")
    kept = lesson.retention(found)
    assert (kept.numbers["months"], kept.numbers["left"]) == (15 * 7 + 15 * 16, 15)
    assert kept.numbers["r"] == pytest.approx((1 - 15 / 345) ** 12)
    worth = lesson.account_values(found, 0.1, 3, draws=50)
    frame = worth.numbers["frame"]
    gone = [f"H{n:02d}" for n in range(0, 30, 2)]
    assert (frame.loc[gone, ["value", "low", "high", "there"]] == 0).all().all()
    assert (frame["low"] <= frame["high"]).all() and (frame.drop(gone)["there"] == 1).all()


@pytest.mark.parametrize("stays", [0.9, 0.95, 0.99])
def test_retention_is_that_of_accounts_that_leave_by_chance(stays):
    """Once the months that make an account steady counted as months in which it had not left, and
    those at the end, in which no loss is seen yet: .95 ^ 12 = 54 % came out as 65 %.
    """
    rng = np.random.default_rng(11)
    first = rng.integers(1, 25, 4000)
    last = np.minimum(first + rng.geometric(1 - stays, 4000) - 1, 36)
    people = pd.DataFrame({"first": first, "last": last, "active": last - first + 1})
    _, months, left = at_risk(people, 36, 3, 0.9)
    kept = contracts.monthly_retention(months, left)
    assert kept.low < stays**12 < kept.high


def test_nobody_left_gives_a_bound_of_one_side(tmp_path):
    """(1 - .05^(1 / n)) a month: the rule of three and not of 3.7."""
    found = odd(tmp_path, "young_contracts")
    kept = lesson._retention_of_ledger(found)
    # five accounts of twelve months: four months each in which a loss would have been seen
    assert (kept.numbers["months"], kept.numbers["left"]) == (20, 0)
    assert kept.numbers["bound"] == pytest.approx(0.05 ** (12 / 20))
    young = odd(tmp_path, "young_contracts", silent=8)
    assert "not yet for long enough" in str(lesson._retention_of_ledger(young))


def test_a_period_ends_what_is_known_and_is_said(linjiang):
    found = lesson.lifetimes(linjiang, "2022")
    said = str(lesson.book_in_numbers(found))
    assert "to 2022-12-31, the end of the period" in said and found.as_of.year == 2022
    assert found.orders["date"].max() <= found.as_of
    assert lesson.months_looked_at(found) == 24


def test_all_stay_is_no_proof_that_all_stay(tmp_path):
    found = odd(tmp_path, "all_stay")
    kept = lesson.retention(found)
    assert kept.numbers["r"] == 1 and kept.numbers["low"] < 0.95
    claim = lesson.famous_claim(found, kept, 0.1)
    assert "there is no room for 5.0 points more" in str(claim)
    value = lesson.contract_value(found, kept, 0.1)
    # margins of 1,000 to 7,000, for ever: 4,000 / .1
    assert value.numbers["value"] == pytest.approx(40_000)
    assert value.numbers["now"] == pytest.approx(44_000)


def test_all_leave(tmp_path):
    found = odd(tmp_path, "all_leave")
    kept = lesson.retention(found)
    assert kept.numbers["r"] == 0
    assert "nobody stays" in str(lesson.famous_claim(found, kept, 0.1))
    assert "contracts.margin would give one" in str(lesson.contract_value(found, kept, 0.1))


def test_the_kind_that_one_chance_fits_is_spoken_of_first(story):
    """Once the kind with most contracts, in which customers differ, gave its mean as retention."""
    kept = lesson.retention(story)
    assert kept.numbers["kind"] == "maintenance" and kept.numbers["differ"] == ["training"]
    years = lesson.years_to_come(story).numbers["frame"]
    assert set(years.index.get_level_values(0)) == {"training"}
    assert years["mixed"].is_monotonic_increasing


def test_the_first_margin_now_is_one_margin_more(story):
    kept = lesson.retention(story)
    found = lesson.contract_value(story, kept, 0.1)
    table = found.table
    assert (table["now"] - table["value"]).tolist() == pytest.approx(table["margin"].tolist())
    assert (table["low"] < table["value"]).all() and (table["value"] < table["high"]).all()
    assert found.numbers["half"] < found.numbers["value"]


def test_published_numbers_in_the_steps(story):
    """S003-7c: 50 %, 21.45 %, 23.6 %, 55 % and 20 %; S004-1d at four of five: +27.5 %."""
    deal = lesson.deal(10.0, 5.0, 0.5, 3, 0.1).numbers
    wanted = {"once": 0.5, "several": 0.2145, "late": 0.236, "once_late": 0.55, "plain": 0.20}
    assert {name: deal[name] for name in wanted} == pytest.approx(wanted, abs=5e-4)
    claim = lesson.famous_claim(story, lesson.retention(story), 0.1)
    assert claim.numbers["there"] == pytest.approx(0.275)
    assert 0.25 < claim.numbers["rise_low"] < claim.numbers["rise_high"] < 0.85


def test_the_rise_is_large_at_low_retention_too_and_that_is_said(story):
    """By hand at 10 %: .055 / (r (1.05 - r)) is .25 at .2891 and at .7609; at .05 it is 110 %."""
    kept = lesson.retention(story)
    said = lesson.famous_claim(story, kept, 0.1)
    assert said.numbers["below"] == pytest.approx(0.2891, abs=1e-4)
    assert said.numbers["start"] == pytest.approx(0.7609, abs=1e-4)
    assert "Where 28.9 % or fewer stay the percentage is as large again" in str(said)
    assert "only where" not in str(said) and "not reached at all" not in str(said)
    assert "whatever the retention" in str(lesson.famous_claim(story, kept, 0.1, change=0.2))
    assert "less than 25 %" in str(lesson.famous_claim(story, kept, 0.4))


def test_a_verdict_on_the_claim_holds_at_each_discount_or_in_part(story):
    """At 20 %: .05 x 1.2 / (r (1.15 - r)) = 23.8 % at 85.6 %, below the 25 % that are claimed."""
    kept = lesson.retention(story)
    r = kept.numbers["r"]
    claim = lesson._of_25(lesson.famous_claim(story, kept, 0.1))
    assert claim.verdict == "holds in part" and "not at 20 %" in claim.why
    rise = lesson.famous_claim(story, kept, 0.1)
    assert rise.numbers["at_least"] == pytest.approx(0.06 / (r * (1.15 - r)))
    low = lesson.famous_claim(story, kept, 0.1, discounts=(0.05, 0.1))
    assert lesson._of_25(low).verdict == "holds"
    assert lesson._of_25(lesson.famous_claim(story, kept, 0.3, discounts=(0.25,))).verdict == (
        "does not hold"
    )


def test_a_price_cut_is_weighed_by_one_book_in_one_unit(story, tmp_path):
    """A contract: 1 - M(r - .2) / M(r), and (M(r) - M(r - .2)) / (r / 1.1), of its own margin; the
    margin of the ledger, another business, has no say.
    """
    kept = lesson.retention(story)
    r = kept.numbers["r"]
    worth = r / (1.1 - r), (r - 0.2) / (1.3 - r)
    found = lesson.rescue(story, kept, 0.1)
    assert found.numbers["ever"] == pytest.approx(1 - worth[1] / worth[0])
    assert found.numbers["once"] == pytest.approx((worth[0] - worth[1]) / (r / 1.1))
    assert "of sales" not in str(found) and "maintenance contracts" in str(found)
    ledger = odd(tmp_path, "half_left")
    own = lesson.rescue(ledger, lesson.retention(ledger), 0.1)
    assert own.numbers["ever_sales"] == pytest.approx(own.numbers["ever"] * ledger.rate)


def test_who_leaves_before_the_first_margin_is_who_does_not_stay(story):
    kept = lesson.retention(story)
    found = lesson.contract_value(story, kept, 0.1).numbers
    assert found["nothing"] == pytest.approx(1 - found["r"])


def test_months_with_a_purchase_are_not_compared_with_purchases(story):
    """The cut, 1 January 2024, falls into a month that is foretold: twelve months, not eleven."""
    found = lesson.other_models(story)
    assert found.numbers["closer"] in ("BG/NBD", "Pareto/NBD")
    rows = story.orders[story.orders["date"] > "2023-12-31"]
    early = story.orders.loc[story.orders["date"] <= "2023-12-31", "account_id"]
    rows = rows[rows["account_id"].isin(early)]
    months = rows.assign(month=rows["date"].dt.month).drop_duplicates(["account_id", "month"])
    assert found.numbers["months"] == len(months)


def test_the_share_kept_mixes_the_first_renewal_and_the_later_ones(tmp_path):
    """losing_contracts has one kind that one chance fits; of the other cohorts by hand: 4, 2, 2, 1
    and 6, 3: 5 of 10 at the first renewal, 3 of 4 at the later ones.
    """
    del tmp_path
    table = pd.DataFrame([[4, 2, 2, 1], [6, 3, np.nan, np.nan]], columns=[0, 1, 2, 3], dtype=float)
    assert lesson._early_and_late(table) == (0.5, 0.75)


def test_contracts_that_nobody_has_asked_yet_are_counted_apart_by_kind(story):
    """Of 1,400 maintenance contracts the 192 of the last year wait; once the 211 for training were
    not told, though training was spoken of before.
    """
    kept = lesson.retention(story)
    agreed = story.agreed[story.agreed["start"] <= story.as_of]
    waits = agreed[agreed["start"].dt.year == 2024]["kind"].value_counts()
    assert kept.numbers["unasked_of"] == dict(waits) == {"maintenance": 192, "training": 211}
    assert kept.numbers["early"] < kept.numbers["pooled"] < kept.numbers["late"]
    assert kept.numbers["early"] == pytest.approx(0.758, abs=5e-4)
    assert "403 more contracts" in str(kept) and "192 for maintenance, 211 for training" in str(
        kept
    )


def test_the_lines_of_values_say_why_they_are_lopsided_and_what_leaving_takes_off(story):
    """Once: all dots sit low on their lines without a word, and "the values allow for it" of a
    twentieth of a percent.
    """
    worth = lesson.account_values(story, 0.1, 3, draws=100)
    numbers, frame = worth.numbers, worth.numbers["frame"]
    _, months, left = at_risk(story.people, story.last_month, story.silent, story.steady_share)
    assert left == 0
    year = story.people.loc[frame.index, "year"]
    allowed = 1 - (frame["value"] / (year * sum(1.1**-n for n in (1, 2, 3)))).mean()
    assert numbers["allowed"] == pytest.approx(allowed, abs=1e-9)
    # half a loss in so many months, over one to three years
    assert 0 < numbers["allowed"] == pytest.approx(0.5 / months * 12 * 1.9, rel=0.3)
    assert numbers["rose"] - 1 > 1 - numbers["fell"] > 0
    top = frame.head(8)
    assert (top["high"] - top["value"] > top["value"] - top["low"]).all()
    # all have the same chances: once lines of 1.2 and of 2.1 times the value side by side
    assert np.ptp(top["high"] / top["value"]) < 1e-9 > np.ptp(top["low"] / top["value"])
    assert "reach further up than down" in str(worth) and "allow for it" not in str(worth)


def test_what_a_reference_brings_has_an_interval_and_a_condition(story):
    """40 that hear, each worth 5,000: 200,000 times the points and their limits."""
    found = lesson.herd(story, small=5_000.0, heard_by=40.0, own=20_000.0)
    n = found.numbers
    assert (n["adds_low"], n["adds_high"]) == pytest.approx((2e5 * n["low"], 2e5 * n["high"]))
    assert "If hearing of it is what makes them come" in str(found)


def test_names_of_curves_stand_in_the_order_of_their_lines(story):
    """The maintenance line ends above that of training, though its last point lies below."""
    curves = lesson._curves(story)
    ends = {kind: frame.iloc[-1] for kind, frame in curves.items()}
    assert ends["maintenance"]["mixed"] > ends["training"]["mixed"]
    axes = lesson.retention(story).picture.draw("title").axes[0]
    height = {text.get_text(): text.xy[1] for text in axes.texts}
    assert height["maintenance"] > height["training"]


def test_dashes_are_seen_on_the_line_under_them_and_this_book_is_not_the_claim(story):
    kept = lesson.retention(story)
    axes = kept.picture.draw("A title").axes[0]
    drawn = [line for line in axes.lines if len(line.get_xdata())]
    widths = {line.get_linestyle(): line.get_linewidth() for line in drawn}
    assert widths["-"] > 2 * widths["--"]
    axes = lesson.famous_claim(story, kept).picture.draw("A title").axes[0]
    axes.figure.canvas.draw()
    boxes = {text.get_text(): text.get_window_extent() for text in axes.texts}
    assert not boxes["this book"].overlaps(boxes["claimed"])


def test_half_of_the_lives_is_named_at_its_own_line(story):
    found = lesson.contract_value(story, lesson.retention(story), 0.1)
    axes = found.picture.draw("title").axes[0]
    places = {text.get_text().split(":")[0]: text.xy[0] for text in axes.texts}
    wanted = {"half bring less": found.numbers["half"], "mean": found.numbers["value"]}
    assert places == pytest.approx(wanted)
    form = axes.xaxis.get_major_formatter()
    assert [form(value, 0) for value in (0, 20_000, 100_000, 2_500)] == [
        "0",
        "20 k",
        "100 k",
        "2.50 k",
    ]


def test_losses_are_not_leaving_and_one_customer_tells_no_mean(story):
    kept = lesson.retention(story)
    rows = story.agreed[story.agreed["kind"] == "maintenance"].head(1).assign(size="only")
    alone = lesson.contract_value(dataclasses.replace(story, agreed=rows), kept, 0.1)
    assert "one customer does not tell" in str(alone)
    many = story.agreed.assign(size="all")
    many["margin"] -= many["margin"].median()
    lost = lesson.contract_value(dataclasses.replace(story, agreed=many), kept, 0.1)
    assert lost.numbers["losing"] > 0.4 and "nothing to do with leaving" in str(lost)


def test_an_interval_that_leaves_no_room_is_told_as_cut(story):
    kept = lesson.retention(story)
    wide = dataclasses.replace(kept, numbers=dict(kept.numbers) | {"r": 0.94, "high": 0.97})
    assert "which leaves room for 5.0 points" in str(lesson.famous_claim(story, wide, 0.1))
    assert "which leaves room" not in str(lesson.famous_claim(story, kept, 0.1))


def test_equal_rows_are_no_table(story, tmp_path):
    assert lesson.other_rules(story).table is None
    assert lesson.other_rules(odd(tmp_path, "half_left")).table is not None


def test_the_model_beats_the_past_rate_on_the_counter(story):
    found = lesson.back_test(story, 0.75, draws=100).numbers
    assert found["size"] < 0.15 < found["off_before"]
    said = str(lesson.back_test(story, 0.75, draws=400))
    assert "only just within its interval" in said and "1.10 times what came" in said
    assert "too high in 5 of the 7 groups" in said
    bought = lesson.bought_when_needed(story, 26.0, draws=100).numbers
    assert bought["expected"] < 0.6 * bought["before"]
    # 146 came once and count as customers: (1,200 x alive - 146) / 1,054
    assert bought["alive_back"] == pytest.approx((1200 * bought["alive"] - 146) / 1054)
    assert bought["low"] < bought["expected"] < bought["high"]


def test_winning_and_keeping(story):
    found = lesson.winning_and_keeping(story, 20_000.0)
    assert found.numbers["low"] < 3.2 < found.numbers["high"] < 5
    assert found.numbers["next_keep"] > 20_000 > found.numbers["next_win"]
    # planted: 1 / (.2 / 1,500 exp(-1)) at the trials' mean of 1,500
    planted = 7_500 * np.e
    assert planted == pytest.approx(20_387, abs=1)
    assert 0.97 * found.numbers["keep_low"] < planted < found.numbers["keep_high"]
    assert found.numbers["keep_low"] < found.numbers["next_keep"] < found.numbers["keep_high"]
    assert "today's spending:" not in str(found) and "now" not in str(found.table.columns)
    with pytest.raises(ValueError, match="worth is -5"):
        lesson.winning_and_keeping(story, -5)


def test_the_ratio_hangs_on_the_amounts_that_were_tried(story):
    """The same response, tried at other amounts, gives other ratios: so no verdict follows."""
    rows = story.trials
    by = rows.groupby(["purpose", "spent"])["success"].sum()
    # win at 500, 1,000, 1,500 or at 3,000, 5,000; keep at 500, 1,000 or at 2,000, 4,000; 500 each
    win = [
        500 * 3000 / by["win"][[500, 1000, 1500]].sum(),
        500 * 8000 / by["win"][[3000, 5000]].sum(),
    ]
    keep = [500 * 1500 / by["keep"][[500, 1000]].sum(), 500 * 6000 / by["keep"][[2000, 4000]].sum()]
    costs = lesson.winning_and_keeping(story)
    assert costs.numbers["cheap"] == pytest.approx(win[0] / keep[1])
    assert costs.numbers["dear"] == pytest.approx(win[1] / keep[0])
    assert costs.numbers["cheap"] < 2 < 7 < costs.numbers["dear"]
    assert lesson._of_five(costs).verdict == "cannot be told from this book"
    kept = lesson.retention(story)
    beside = lesson.winning_and_keeping(story, contract=lesson.contract_value(story, kept))
    assert beside.numbers["least"] == pytest.approx(21_017, abs=5)
    assert "by size the contracts above are worth 21.02 k to 210.2 k" in str(beside)


def test_trials_without_a_curve_say_the_ratio_alone(tmp_path):
    found = odd(tmp_path, "trials_at_two_levels")
    costs = lesson.winning_and_keeping(found)
    assert costs.table is None and costs.numbers["ratio"] > 1
    followers = lesson.herd(found)
    assert "cannot be told" in str(followers) and followers.numbers["high"] < 0


def test_no_purchase_twice_no_model(tmp_path):
    found = odd(tmp_path, "nobody_came_back")
    assert "None of the 40 accounts" in str(lesson.bought_when_needed(found))
    assert not lesson.back_test(found).known and not lesson.account_values(found).known
    assert "None of" in str(lesson.amounts_and_rhythm(found))


def test_nobody_leaves_a_clockwork(tmp_path):
    found = odd(tmp_path, "clockwork")
    bought = lesson.bought_when_needed(found, 26.0, draws=50)
    assert bought.numbers["at_limit"] and "trust the back-test" in str(bought)
    # one purchase in 61 days or so each
    assert bought.numbers["expected"] == pytest.approx(30 * 26 * 7 / 60.9, rel=0.1)


def test_where_the_fit_lets_nobody_leave_nobody_is_a_customer_for_sure(tmp_path):
    """Once all were told as customers with 100 %, and fewer purchases as accounts that had left."""
    found = odd(tmp_path, "clockwork")
    bought = lesson.bought_when_needed(found, 26.0, draws=50)
    assert bought.table["alive"].isna().all() and "lets nobody leave" in str(bought)
    assert "without a word" not in str(bought) and "chance alone" in str(bought)
    worth = lesson.account_values(found, draws=50)
    review = lesson.account_review(found, worth).numbers["review"]
    assert review["still_customer"].isna().all() and "cannot be told" in str(worth)


@pytest.mark.parametrize("name", sorted(odd_books.BOOKS))
def test_a_value_lies_in_its_interval_and_equal_histories_have_equal_values(tmp_path, name):
    worth = lesson.account_values(odd(tmp_path, name), draws=50)
    if not worth.known:
        return
    frame = worth.numbers["frame"]
    assert (frame["low"] <= frame["value"]).all() and (frame["value"] <= frame["high"]).all()
    if name == "clockwork":  # those of one day of the month and one half of the months
        assert frame["value"].round(6).nunique() == frame["orders"].round(9).nunique()
        # once each had its own draws: 5.48 to 10.46 for twenty of one history
        lines = frame.groupby(frame["orders"].round(9))[["low", "high"]].nunique()
        assert (lines == 1).all(axis=None) and len(lines) < len(frame)


def test_what_came_back_later_is_no_value(tmp_path):
    """Twenty-five that buy now and then; one of them gave half back a month later, one all."""
    days = ["2023-01-05", "2023-03-05", "2023-07-05", "2023-12-05", "2024-06-05"]
    rows = [f"R{n:02d},{day},{100 + n % 3}" for n in range(25) for day in days]
    rows += [f"R00,{day[:8]}20,-50" for day in days] + ["R01,2024-07-01,-600"]
    (tmp_path / "ledger.csv").write_text("account_id,date,revenue\n" + "\n".join(rows) + "\n")
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "R"\n[tables.ledger]\npath = "ledger.csv"\n'
    )
    worth = lesson.account_values(
        lesson.lifetimes(Book.open(tmp_path / "book.toml"), "all"), draws=50
    )
    value = worth.numbers["frame"]["value"]
    # R03 bought the same on the same days
    assert value["R00"] == pytest.approx(value["R03"] / 2)
    assert value["R01"] == 0 and "1 account gave back" in str(worth)


def test_orders_without_amounts_are_orders_all_the_same(tmp_path):
    found = odd(tmp_path, "orders_without_amounts")
    assert lesson.bought_when_needed(found, draws=50).known
    assert not lesson.amounts_and_rhythm(found).known


def test_values_below_zero_stay_below_zero(tmp_path):
    frame = lesson.account_values(odd(tmp_path, "now_and_then_with_losses"), draws=50).numbers
    assert frame["measure"] == "margin" and (frame["frame"]["value"] < 0).any()


@pytest.mark.parametrize(
    ("power", "busiest", "seldom"), [(0.5, "low", "high"), (-0.5, "high", "low")]
)
def test_amounts_that_go_with_rhythm_are_told_of_both_sides(story, power, busiest, seldom):
    """Once only of the busiest, though who bought seldom is drawn to the mean by more."""
    rng = np.random.default_rng(3)
    rate = rng.gamma(2.0, 2.0, 300) + 1
    rows = [
        (f"R{n:03d}", pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(day)), 100 * each**power)
        for n, each in enumerate(rate)
        for day in rng.choice(360, int(each) + 2, replace=False)
    ]
    bought = pd.DataFrame(rows, columns=["account_id", "date", "revenue"])
    found = dataclasses.replace(story, orders=bought, as_of=pd.Timestamp("2024-12-31"))
    said = str(lesson.amounts_and_rhythm(found))
    assert (
        f"of the busiest is told too {busiest}, that of those that buy seldom too {seldom}" in said
    )


def test_purchases_to_come_are_a_count_with_parts():
    """Once "points", with two decimals, so that .004 was none."""
    (column,) = (one for one in LESSON.review if one.name == "orders_to_come")
    assert (column.kind, _UNITS[column.kind], _DIGITS[column.kind]) == ("expected", "count", 4)


def test_a_discount_of_nothing_counts_all_years_alike(story, tmp_path):
    """Once "must be a fraction above 0": retention over leaving is the value, 1 + 1 + 1 years."""
    kept = lesson.retention(story)
    value = lesson.contract_value(story, kept, 0.0).numbers
    assert value["multiple"] == pytest.approx(kept.numbers["r"] / kept.numbers["lost"])
    worth = lesson.account_values(story, 0.0, 3, draws=5).numbers
    year = story.people.loc[worth["frame"].index, "year"]
    assert worth["frame"]["value"].sum() == pytest.approx(3 * year.sum(), rel=1e-3)
    assert lesson.rescue(story, kept, 0.0).known
    claim = lesson.famous_claim(story, kept, 0.0)
    assert "has no limit" in str(claim) and "has no limit" not in str(lesson.rescue(story, kept, 0))
    stay = odd(tmp_path, "all_stay")
    assert "has no end" in str(lesson.contract_value(stay, lesson.retention(stay), 0.0))
    with pytest.raises(ValueError, match=r"discount is -0\.1: expected a fraction from 0"):
        lesson.account_values(story, -0.1)


def test_refusals_of_the_lesson(linjiang, write_book):
    with pytest.raises(ValueError, match="no account has a day with sales above zero"):
        lesson.lifetimes(
            Book.open(write_book("account_id,date,revenue\nA,2024-01-05,-10\n")), "all"
        )
    with pytest.raises(ValueError, match="steady_share"):
        lesson.lifetimes(linjiang, steady_share=2)
    with pytest.raises(ValueError, match="silent"):
        lesson.lifetimes(linjiang, silent=0)
    for years in (0, 200, 2.5):  # once 200 years were looked ahead
        with pytest.raises(ValueError, match=r"horizon .* must be whole years from 1 to 30"):
            lesson.account_values(looked_at(lesson.lifetimes, "linjiang"), years=years)
    with pytest.raises(ValueError, match="years must be whole years from 2 to 30, got 36"):
        lesson.deal(years=36)


def test_verdicts_come_from_intervals(story):
    kept = lesson.retention(story)
    made = lesson.claims(
        story,
        lesson.famous_claim(story, kept),
        lesson.winning_and_keeping(story),
        lesson.herd(story),
    )
    assert {row[0]: row[4] for row in made.data["claims"]} == {
        "S004-1d": "holds in part",
        "S004-1c": "cannot be told from this book",
        "S003-7c": "cannot be tested here",
        "S004-1g": "holds",
    }


def test_the_review(story):
    worth = lesson.account_values(story, 0.1, 3, draws=50)
    review = lesson.account_review(story, worth).numbers
    assert len(review["review"]) == 600 and review["review"].notna().all().all()
    assert "discount of 10 % a year, CNY" in review["meaning"]["lifetime_value"]


def test_wrong_methods_fail_where_the_right_one_passes(linjiang):
    assert (truth.naive(linjiang, "09")["verdict"] == "FAIL").all()


def test_northwind_buys_when_needed(real_data):
    """89 customers, nobody month by month; the model says that it missed the rush of the spring."""
    del real_data
    path = Path(__file__).parent / "books" / "northwind" / "book.toml"
    found = lesson.lifetimes(Book.open(path))
    assert lesson.two_kinds(found).numbers["needed"] == 89
    assert not lesson.retention(found).known
    bought = lesson.bought_when_needed(found, draws=50).numbers
    assert (bought["accounts"], bought["once"]) == (89, 1) and "a" in bought["at_limit"]
    tested = lesson.back_test(found, draws=50)
    assert tested.numbers["inside"] == "no" and "promised too little" in str(tested)
    worth = lesson.account_values(found, draws=50, tested=tested)
    assert "it was too low" in str(worth) and len(worth.numbers["frame"]) == 89
    assert np.isfinite(worth.numbers["total"])


def test_cdnow_is_bought_when_needed(cdnow):
    found = lesson.lifetimes(cdnow, "all")
    bought = lesson.bought_when_needed(found, draws=50).numbers
    # of 23,570 customers 68 paid nothing on any day
    assert bought["accounts"] + lesson.two_kinds(found).numbers["steady"] == 23_502
    tested = lesson.back_test(found, draws=50).numbers
    assert abs(tested["off"]) < 0.12 < tested["off_before"]


def test_six_months_are_those_from_the_first_purchase_to_the_last_both_counted(tmp_path):
    """Once: "six months or more apart", where January to June was counted, five apart."""
    rows = [f"S,2024-{month:02d}-05,10" for month in range(1, 7)]
    rows += [f"F,2024-{month:02d}-05,10" for month in range(2, 7)]
    (tmp_path / "ledger.csv").write_text("account_id,date,revenue\n" + "\n".join(rows) + "\n")
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "S"\n[tables.ledger]\npath = "ledger.csv"\n'
    )
    found = lesson.lifetimes(Book.open(tmp_path / "book.toml"), "all")
    assert steady(found.people, 0.9).to_dict() == {"F": False, "S": True}
    said = str(lesson.two_kinds(found))
    assert "from the first purchase to the last, both counted and 6 or more in all. 1 acc" in said
    meaning = next(column.meaning for column in LESSON.review if column.name == "buys")
    assert "both counted and six or more in all" in meaning and "apart" not in meaning


def test_one_credit_note_is_no_loss_of_each_year_to_come(tmp_path):
    """Once: one credit note of 649 k times three years, -1.24 m, in the sum of all values, and no
    sentence told of it.
    """
    months = [f"{year}-{month:02d}" for year in (2022, 2023, 2024) for month in range(1, 13)]
    rows = [f"{name},{month}-05,10,8" for name in "ABC" for month in months]
    rows += ["C,2024-06-15,-500,-100"]  # buys each month, credited once for more than the year
    rows += [f"L,{month}-05,10,13" for month in months]  # sold below cost, each month
    text = "account_id,date,revenue,cost_goods\n" + "\n".join(rows) + "\n"
    (tmp_path / "ledger.csv").write_text(text)
    rows = [row for row in rows if not row.startswith("C,2024-06-15")]
    (tmp_path / "book.toml").write_text(
        'contract_version = 1\nname = "C"\nperiod = "all"\n[tables.ledger]\npath = "ledger.csv"\n'
    )
    found = lesson.lifetimes(Book.open(tmp_path / "book.toml"), "all")
    # the margin of all is below zero by that credit note, so sales are counted: L is worth as A
    assert found.measure == "sales"
    worth = lesson.account_values(found, draws=50)
    value, said = worth.numbers["frame"]["value"], str(worth)
    assert value["C"] == 0 and value["A"] == value["B"] == value["L"] > 0
    assert worth.numbers["total"] == pytest.approx(3 * value["A"])
    assert "1 account that buys month by month gave back as much as was bought in the" in said
    assert "Look at these by hand: C." in said and "less than nothing" not in said
    # without the credit note margins are counted, and who is sold to below cost goes on to lose
    (tmp_path / "ledger.csv").write_text("\n".join([text.split("\n")[0], *rows]) + "\n")
    found = lesson.lifetimes(Book.open(tmp_path / "book.toml"), "all")
    assert found.measure == "margin"
    worth = lesson.account_values(found, draws=50)
    value, said = worth.numbers["frame"]["value"], str(worth)
    assert value["L"] == pytest.approx(-1.5 * value["A"]) and "gave back" not in said
    assert worth.numbers["above"] == pytest.approx(3 * value["A"])
    assert "1 account is worth less than nothing, " in said and "if what is lost on it goes" in said
