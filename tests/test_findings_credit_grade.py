"""What lesson 07 says: numbers and sentences on books that were worked by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery import books
from scipy.stats import chi2, fisher_exact
from test_exercises_07 import DEFAULTS, EVENTS, LEDGER, TOML

from keyacct_utils.book import Book
from keyacct_utils.lessons import credit_grade as cr
from keyacct_utils.lessons.credit_grade import findings as lesson
from keyacct_utils.lessons.credit_grade.cutoff_trial import CutoffTrial
from keyacct_utils.lessons.credit_grade.score_measures import bin_edges
from keyacct_utils.lessons.shared.claims import UNTOLD


def says(finding) -> str:
    return " ".join(finding.sentences(markup=False))


def verdicts(finding) -> dict[str, str]:
    """The ruling of each claim, by its source."""
    return dict(zip(finding.table["claim"], finding.table["verdict"], strict=True))


def odd(name: str, folder: Path) -> lesson.Scored:
    return lesson.score_all(lesson.record(Book.open(books.write(name, folder / name))))


@pytest.fixture
def small(write_book) -> lesson.Scored:
    """Seven accounts with 90, 95, 100, 90, 85, 80 and 100 points, of which four defaulted."""
    book = write_book(LEDGER, TOML, credit_events__csv=EVENTS, defaults__csv=DEFAULTS)
    return lesson.score_all(lesson.record(Book.open(book)))


@pytest.fixture(scope="module")
def scored(linjiang) -> lesson.Scored:
    return lesson.score_all(lesson.record(linjiang))


def test_grades_and_auc_by_hand(small):
    assert says(lesson.every_account(small)) == "7 accounts: 5 in grade AAA, 0 in D."
    found = lesson.score_and_default(small)
    # Payers 100, 90, 85 against defaulters 90, 95, 80, 100: 3.5 + 1.5 + 1 of 12 pairs.
    assert found.numbers["auc"] == pytest.approx(0.5) and found.numbers["side"] == "few"
    assert "With 4 defaults and 3 payers no verdict is given; 10 of each are the least." in says(
        found
    )
    assert "Of 4 defaulters, 3 (75 %) had the 90 points of AAA or more." in says(found)


def test_costs_by_hand(small):
    # At risk is a sixth of the bill: losses 90, 270, 18, 4.5; burdens 5, 9, 1.
    found = lesson.costs(small, draws=20).numbers
    assert (found["nobody"], found["everybody"]) == (pytest.approx(382.5), pytest.approx(15))
    assert found["best"] == pytest.approx(14.5) and found["cutoff"] == 100
    assert (found["asked"], found["caught"], found["payers"]) == (5, 3, 2)
    assert found["name"] == "A2" and found["heavy"] == pytest.approx(270 / 382.5)
    table = lesson.cost_of_limits(small).table
    assert table.loc["below AAA", ["treated", "cost"]].tolist() == [2, pytest.approx(365.5)]


def test_who_is_asked_below_a_grade_has_that_grade_or_worse(scored):
    """By points alone 37 vetoed accounts went unasked: "below C" asked 9 of 46."""
    table = lesson.cost_of_limits(scored).table
    grades = lesson.every_account(scored).table["accounts"]
    loss = lesson.expected_loss_by_grade(scored, draws=20).table["came"]
    fate = scored.fate.groupby(scored.grades.loc[scored.fate.index].astype("str")).sum()
    for place, letter in enumerate(scored.cutoffs):
        row, worse = table.loc[f"below {letter}"], scored.letters[place + 1 :]
        assert row["treated"] == grades.loc[worse].sum() == row["caught"] + row["refused"]
        assert row["caught"] == fate.loc[worse].sum()
        left = loss.sum() - loss.loc[worse].sum()
        assert row["cost_missed"] == pytest.approx(left) and row["cost"] >= row["cost_missed"]
    assert table.loc["below C", ["treated", "caught"]].tolist() == [46, 11]
    assert table.loc["below C", "cutoff"] == "50.0 or veto"
    assert table.loc["below AAA", "cutoff"] == "90.0"  # who is vetoed has fewer points than 90
    assert "is D and is asked with it: 37 accounts with 50 points" in says(
        lesson.cost_of_limits(scored)
    )


def test_a_cut_off_that_asks_nobody_is_not_praised(tmp_path):
    turned = odd("credit_reversed", tmp_path)
    found = lesson.costs(turned, burden=100.0, draws=20)
    assert found.numbers["asks"] == "nobody"
    assert "At these costs the cheapest is to ask nobody: no cut-off saves anything." in says(found)
    assert found.title == "At these costs the cheapest is a deposit from nobody"
    ruled = verdicts(lesson.claims(turned, lesson.every_reading(turned), found))
    assert ruled["S000-3i"] == "does not hold: at the assumed costs nobody need be asked"


def test_a_reversed_score_is_said_to_be_reversed(tmp_path):
    turned = odd("credit_reversed", tmp_path)
    found = lesson.score_and_default(turned)
    assert found.numbers["high"] < 0.5 and "the score is reversed" in says(found)
    assert found.title.startswith("The score is reversed")
    steps = lesson.grades_and_default(turned)
    assert "the order of the grades is reversed here" in says(steps)
    ruled = verdicts(lesson.claims(turned, lesson.every_reading(turned), lesson.costs(turned)))
    assert ruled["S000-9a"] == "does not hold: it points the wrong way"


def test_no_safety_event_no_word_of_safety(tmp_path):
    turned = odd("credit_reversed", tmp_path)
    assert "All accounts alike, so left out: safety" in says(lesson.sections(turned))
    assert "Safety:" not in says(lesson.sections(turned))
    ruled = verdicts(lesson.claims(turned, lesson.every_reading(turned), lesson.costs(turned)))
    assert ruled["S002-7c"] == "cannot be tested here: no account differs in it"


def test_a_score_with_one_bin(tmp_path):
    alike = odd("credit_nothing_varies", tmp_path)
    for step in (
        lesson.score_and_default, lesson.sections, lesson.repairs, lesson.costs, lesson.card,
        lesson.card_and_rule, lesson.calibration, lesson.expected_loss_by_grade, lesson.evidence,
    ):  # fmt: skip
        found = step(alike)
        assert not found.known and found.table is None and found.picture is None
    assert says(lesson.grades_and_default(alike)) == (
        "All accounts whose fate is known have one grade, AAA: there is no step to look at. "
        "Other limits of the grades would make some."
    )
    ruled = verdicts(lesson.claims(alike, lesson.every_reading(alike), lesson.costs(alike)))
    assert ruled["S002-7i"].startswith("cannot be tested here")


def test_no_window_is_invented_where_no_date_is_known(tmp_path):
    found = lesson.book_in_numbers(odd("credit_undated_defaults", tmp_path).record)
    assert "twelve months" not in says(found)
    assert "17 accounts of 60 defaulted, 28.3 %. The book does not say when" in says(found)
    undated = odd("credit_undated_defaults", tmp_path)
    for step in (lesson.costs, lesson.cost_of_limits, lesson.expected_loss_by_grade):
        assert "If they cover more years, the amounts at risk are too large" in says(step(undated))
        assert "taken for one year" not in says(step(undated))


def test_a_saving_that_hangs_on_one_account_is_not_told(scored):
    """57 % on the accounts that chose the cut-off; on others the interval holds nothing."""
    found = lesson.costs(scored, draws=100)
    numbers = found.numbers
    assert numbers["saving"] > 0.5 > numbers["gain"] and numbers["gain_low"] < 0
    assert numbers["worth"] == UNTOLD
    assert "cannot be told from this book" in says(found)
    # the dearest default decides the sign
    assert numbers["heaviest"] == numbers["name"]
    assert numbers["change"] < 0 < numbers["change_without"]
    # and the cost is set beside both simple rules
    assert numbers["gain"] == pytest.approx(
        1 - numbers["priced"] / min(numbers["nobody"], numbers["everybody"]), abs=1e-4
    )
    ruled = verdicts(lesson.claims(scored, lesson.every_reading(scored), found))
    assert ruled["S000-3i"].startswith(UNTOLD)


def test_what_a_trial_is_worth():
    def trial(low: float, high: float, chance: float = 0.01) -> CutoffTrial:
        return CutoffTrial(1, 2, 3, (low + high) / 2, low, high, chance, 0, 0)

    worth = [
        lesson._tried(trial(*limits), "E")["worth"]
        for limits in ((0.1, 0.4), (-0.1, 0.4), (-0.4, -0.1), (0.0, 0.0), (0.0, 0.4))
    ]
    assert worth == ["holds", UNTOLD, "does not hold", "does not hold", UNTOLD]
    assert lesson._tried(trial(0.1, 0.4, 0.2), "E")["worth"] == UNTOLD  # luck does as well


@pytest.mark.parametrize(
    ("low", "chance", "ruling"),
    [
        (
            -0.77,
            0.04,
            f"{UNTOLD}: the interval holds zero",
        ),  # 4 % of draws would speak for an effect
        (0.1, 0.2, f"{UNTOLD}: random scores do as well in 20 % of draws"),
        (
            0.1,
            0.01,
            "holds: the whole interval lies above zero, and random scores do as well in 1 %",
        ),
    ],
)
def test_a_saving_is_judged_by_the_reason_that_decides(scored, low, chance, ruling):
    tried = lesson._tried(CutoffTrial(10.0, 12.0, 20.0, 0.2, low, 0.56, chance, 4, 0.1), "Enkang")
    claim = lesson._of_deposits(scored, lesson.Finding(tried, ("Tried.",)))
    assert claim.ruling.startswith(ruling)


def test_a_count_rests_on_no_test(scored, monkeypatch):
    """Of 12 rows four count what the wording leaves open: chance decides nothing there."""
    ways, priced = lesson.every_reading(scored), lesson.costs(scored, draws=20)
    found = lesson.claims(scored, ways, priced)
    made = []
    monkeypatch.setattr(lesson.steps, "verdicts", made.extend)
    lesson.claims(scored, ways, priced)
    assert [(claim.source[-2:], claim.tests) for claim in made] == [
        ("9a", 1), ("3i", 1), ("7a", 0), ("7b", 0), ("7c", 1), ("7d", 0), ("7e", 1), ("7f", 2),
        ("7g", 1), ("7g", 2), ("7h", 0), ("7i", 1),
    ]  # fmt: skip
    assert found.numbers["tests"] == 10 and found.numbers["by_chance"] == pytest.approx(0.5)


def test_a_title_says_what_is_drawn(scored):
    """Once 315 accounts in the title and 20 in the figure; and "as many as foretold" of 6.7 % and
    9.5 %, which the interval merely covers.
    """
    found = lesson.every_reading(scored)
    opens = lesson.open_points(found)
    assert opens.numbers["open"] > opens.numbers["shown"] == lesson.DRAWN
    assert opens.title.endswith(" grades hang on how the rule is read; drawn are 20")
    foretold = lesson.calibration(scored)
    assert foretold.title == (
        "Cross-validated, the chance foretold lies in the interval in {} of {} groups".format(
            foretold.numbers["covered"], foretold.numbers["groups"]
        )
    )


def test_the_group_that_fails_is_named():
    table = pd.DataFrame(
        {"predicted": [0.02, 0.1, 0.2], "observed": [0.05, 0.1, 0.1], "low": [0.03, 0.05, 0.05],
         "high": [0.09, 0.2, 0.15]}
    )  # fmt: skip
    assert lesson._failing(table.loc[[0, 2]], 3) == [
        "the safest (2.0 % foretold, 5.0 % defaulted, 3.0 % to 9.0 %)",
        "the riskiest (20.0 % foretold, 10.0 % defaulted, 5.0 % to 15.0 %)",
    ]
    assert lesson._failing(table.loc[[1]], 3)[0].startswith("number 2 from the safest")


def test_the_falls_to_d_add_up(scored):
    numbers = lesson.two_in_a_row(scored).numbers
    parts = [numbers[f"to_d_{which}"] for which in ("two", "more", "one")]
    assert sum(parts) == numbers["to_d"] and numbers["to_d_two"] > 0
    assert numbers["to_d_two"] == numbers["d_cumulate"] - numbers["d_replace"]


def test_events_are_told_with_the_months_owed_and_the_persons():
    day = pd.Timestamp("2023-05-01")
    told = [
        lesson._event({"date": day, "code": code} | more)
        for code, more in (
            ("arrears", {"months": 3, "persons": pd.NA}), ("arrears", {}), ("theft", {"months": pd.NA}),
            ("electrician_unqualified", {"persons": 2}),
        )
    ]  # fmt: skip
    assert told == [
        "2023-05-01 arrears (3 months owed)",
        "2023-05-01 arrears (1 month owed)",
        "2023-05-01 theft",
        "2023-05-01 electrician_unqualified (2 persons)",
    ]


def test_who_may_appeal_sees_what_was_counted(scored):
    table = lesson.appeal(lesson.every_reading(scored)).numbers["table"]
    assert table["events"].str.contains("2023-").all()
    assert not table["events"].str.contains("2022-|2024-").any()  # outside the year that counts


def test_bins_without_news_have_an_information_value_too(scored):
    """Measured: the value that is reached by luck, at the size of the book."""
    rng, bad = np.random.default_rng(8), np.arange(600) < 46
    edges = [25.0, 50.0, 75.0]
    drawn = [cr.information_value(rng.uniform(0, 100, 600), bad, edges) for _ in range(300)]
    limit = chi2.ppf(0.95, 3) * (1 / 46 + 1 / 554)
    assert np.mean(np.array(drawn) > limit) == pytest.approx(0.05, abs=0.035)
    few, most = len(scored.fate), int(scored.fate.sum())
    assert lesson._by_chance(scored, 4) == pytest.approx(
        chi2.ppf(0.95, 3) * (1 / most + 1 / (few - most))
    )
    found = lesson.information(scored)
    assert found.numbers["firm"] == ["commercial"]
    assert (found.table.loc["commercial", ["2 quantile bins", "10 quantile bins"]] > 0.3).all()


def test_two_sections_of_which_one_tells_hold_in_part(scored):
    rows = {"operation": [0.7, 0.6, 0.8], "development": [0.5, 0.4, 0.6]}
    frame = pd.DataFrame(rows, index=["estimate", "low", "high"]).T
    one = dataclasses.replace(scored)
    one.__dict__["by_section"] = frame
    claim = lesson._of_section(one, "S002-7f", "says", ("operation", "development"), "test")
    assert claim.verdict == "holds in part"
    claim = lesson._of_section(one, "S002-7f", "says", ("operation",), "test")
    assert claim.verdict == "holds"
    claim = lesson._of_section(one, "S002-7f", "says", ("development",), "test")
    assert claim.verdict == UNTOLD


def test_of_so_many_d_accounts_so_many_defaulted(tmp_path, scored):
    text = says(lesson.every_account(odd("credit_all_defaulted_d", tmp_path)))
    assert "Of 30 D accounts whose fate is known, 15 defaulted; of all 30 accounts 15 did." in text
    found = lesson.every_account(scored)
    assert "D accounts whose fate is known" in says(found) and found.numbers["bad"] > 0


def test_a_rise_from_grade_to_grade_needs_its_test(scored):
    found = lesson.grades_and_default(scored)
    rates = found.numbers["rates"]
    assert found.numbers["rises"] and found.numbers["trend"] < 1e-3
    # 12 of 360 and 10 of 105 have p .013 by themselves, and five steps were looked at
    five = pd.DataFrame({"accounts": [360, 105, 60, 20, 9, 46], "defaults": [12, 10, 8, 3, 2, 11]})
    assert lesson._firm_steps(five) == 0 and lesson._firm_steps(five.head(2)) == 1
    assert lesson._firm_steps(five.head(2)[::-1], "less") == 1
    # one step has the p of Fisher's exact test: .0126 is below .05 and above .01
    exact = fisher_exact([[10, 95], [12, 348]], alternative="greater").pvalue
    assert 0.01 < exact < 0.05
    assert found.numbers["firm"] < found.numbers["steps"] == len(rates) - 1
    assert "by more than chance" in says(found) or "is more than chance" in says(found)
    few = pd.DataFrame({"accounts": [20, 9], "defaults": [3, 2]})
    # 2 of 9 after 3 of 20: z = .476, one side .317
    assert lesson._trend(few) == pytest.approx(0.317, abs=0.001) and lesson._firm_steps(few) == 0


def test_card_and_rule_cannot_be_told_apart(scored):
    """Both forecasts are of accounts that they have not seen, by AUC and by Brier."""
    found = lesson.card_and_rule(scored, repeats=2)
    assert found.numbers["gain_low"] < 0 < found.numbers["gain_high"]
    assert found.numbers["worse_low"] < 0 < found.numbers["worse_high"]
    assert "Which of the two foretells better cannot be told from this book." in says(found)
    table = found.numbers["table"]
    assert table.index.tolist() == ["written rule", "scorecard", "one chance for everybody"]
    # the mean over the same parts, and a Brier that no forecast on its own accounts has
    assert table.loc["written rule", "AUC"] == pytest.approx(
        lesson.score_and_default(scored).numbers["auc"], abs=0.03
    )
    same = scored.card.probability(scored.even[list(scored.card.coefficients.index)])
    assert table.loc["scorecard", "Brier"] > float(((same - scored.fate) ** 2).mean()) + 0.002
    assert found.numbers["parts"] == 2 * scored.folds


def test_the_veto_counts_in_the_stability_of_grades(scored):
    """A theft costs 30 of 100 points, which alone would be an A: both days grade it D."""
    found = lesson.stability(scored, draws=50)
    record, table = scored.record, found.numbers["table"]
    day = {"actual": record.as_of, "expected": record.as_of - pd.DateOffset(years=1)}
    old = record.accounts[record.accounts["start_date"] < day["expected"]]
    events = record.events[record.events["account_id"].isin(old["account_id"])]
    for column, at in day.items():
        points = cr.score_events(events, old, as_of=at, record_from=record.record_from)
        low = points["veto"] | (points["score"] < 50)
        assert table.loc["D", column] == pytest.approx(low.mean())
        assert (points["score"] < 50).mean() < low.mean() / 2  # by points alone far fewer


def test_stability_has_an_interval_and_a_reference(scored):
    found = lesson.stability(scored, draws=100).numbers
    assert found["low"] < found["psi"] < found["high"] and found["high"] < found["near"]
    assert found["chance"] > lesson.LEVEL and found["worse"] + found["better"] < found["accounts"]
    # 100 accounts, 20 of them a grade lower, none higher: an exchange hardly ever does that
    then = np.repeat([2, 2, 1, 0], [20, 40, 20, 20])
    now = np.where(np.arange(100) < 20, 1, then)
    low, high, chance = lesson._moved(then, now, 3, 200)
    psi = cr.population_stability(then, now, [0.5, 1.5])
    assert low < psi < high and chance == pytest.approx(1 / 201)
    # the pair is drawn: grades that nobody leaves have no change in any draw
    assert lesson._moved(then, then, 3, 50) == (0, 0, 1)


def test_the_rule_says_its_conditions_and_the_sections_their_numbers():
    table = lesson.rule_lines(cr.Reading(damage=20.0)).table.set_index("event")
    assert len(table) == 25 and table["section (full points)"].iloc[0] == "3 commercial (30)"
    assert table.loc["electrician_unqualified", "when"].startswith("per person")
    assert "three years" in table.loc["accident_free", "when"]
    assert table.loc["facilities_damaged", "points"] == "-20"
    assert set(lesson.CONDITIONS) == set(cr.rule_points()["code"])


def test_one_account_shows_only_readings_that_change_something(scored):
    found = lesson.one_account(lesson.every_reading(scored))
    assert found.table.index[0] == "as read here"
    assert len(found.table) == found.numbers["changing"] + 1
    assert found.numbers["changing"] + found.numbers["others"] == 14


def test_readings_and_review_by_hand(small):
    ways = lesson.every_reading(small)
    # A6 owed two months running: D if the bands cumulate; A7 owed in 2022, so months 24 reach it.
    assert ways.flips.loc["A6", "bands cumulate"] == "D"
    review = lesson.account_review(small, ways).numbers["review"].set_index("account_id")
    assert review.loc["A6", ["credit_grade", "grade_worst", "grade_best", "appeal"]].tolist() == [
        "AA", "D", "AA", "-",
    ]  # fmt: skip
    assert review["credit_score"].tolist() == [90, 95, 100, 90, 85, 80, 100]


def test_those_who_share_the_largest_value_are_a_bin_of_their_own():
    assert bin_edges([1, 2, 3, *[10] * 7], 2).tolist() == [3]
    assert bin_edges([10] * 7, 2).tolist() == []
    assert cr.information_value([1, 1, 2, *[3] * 9], [1, 1, 0, *[0] * 8, 1], 2) > 0


def test_events_must_be_there(write_book):
    book = write_book(
        LEDGER, TOML, credit_events__csv="event_id,account_id,date,code\n", defaults__csv=DEFAULTS
    )
    with pytest.raises(ValueError, match=r"credit_events|empty|no row"):
        lesson.record(Book.open(book))


def test_limits():
    assert lesson.limits(95, 5) == {"AAA": 95, "AA": 90, "A": 85, "B": 80, "C": 75}
    with pytest.raises(ValueError, match="above 0"):
        lesson.limits(90, 0)


def test_arrears_then_and_now_are_of_the_same_accounts(scored):
    """An account that came in between has grades on one day only, so its arrears are no change."""
    found = lesson.stability(scored)
    record = scored.record
    earlier = record.as_of - pd.DateOffset(years=1)
    old = set(record.accounts.loc[record.accounts["start_date"] < earlier, "account_id"])
    entries = record.events[record.events["code"] == "arrears"]
    mine = entries[entries["account_id"].isin(old)]
    counted = [
        int(mine["date"].between(day - pd.DateOffset(years=1), day, inclusive="left").sum())
        for day in (earlier, record.as_of)
    ]
    assert [found.numbers["arrears_then"], found.numbers["arrears_now"]] == counted
    every = entries["date"].between(earlier, record.as_of, inclusive="left").sum()
    assert found.numbers["arrears_now"] + found.numbers["arrears_new"] == every
    assert found.numbers["arrears_all"] == every and len(old) == found.numbers["accounts"]
    assert "Accounts that came in between have" in says(found)


def test_a_cut_off_that_asks_nobody_is_no_cut_off(tmp_path):
    # the lowest have paid, so at a small loss nobody is asked: once "the cheapest cut-off at 70 points"
    scored = odd("credit_reversed", tmp_path)
    found = lesson.other_costs(scored, lgd=1e-6)
    assert "Of 9 combinations 9 ask nobody and 0 everybody" in says(found)
    assert "points" not in says(found) and set(found.table.to_numpy().ravel()) == {"nobody"}
    limits = lesson.cost_of_limits(scored, lgd=1e-6).table
    assert limits.loc["the cheapest", "cutoff"] == "nobody"


def test_safety_is_not_spoken_of_where_no_event_concerns_it(tmp_path):
    scored = odd("credit_reversed", tmp_path)
    found = lesson.repairs(scored)
    assert not found.known or "2. without safety" not in found.table.index


def test_a_day_of_scoring_that_nobody_named_is_said_to_be_taken(tmp_path):
    record = lesson.record(Book.open(books.write("credit_undated_defaults", tmp_path / "undated")))
    told = says(lesson.book_in_numbers(record))
    assert "The book names no day of scoring (defaults.window_start), so the first day" in told
    assert "Every account is scored as of" not in told


def test_as_many_d_as_defaults_are_not_the_same_accounts(scored):
    found = lesson.every_account(scored)
    low = scored.grades.astype("str") == "D"
    assert found.numbers["bad"] == int(scored.fate[low].sum()) < found.numbers["defaults"]
    near = (
        abs(found.numbers["known"] - found.numbers["defaults"]) <= 0.1 * found.numbers["defaults"]
    )
    assert ("the accounts are not" in says(found)) == near
