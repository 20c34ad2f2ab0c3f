"""What lesson 06 says, on little surveys that can be worked by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from opened import looked_at
from scipy import stats

from keyacct_utils.book import Book
from keyacct_utils.lessons.satisfaction_index import findings as lesson
from keyacct_utils.lessons.satisfaction_index import index as sf

#: Means 8, 5, 7, 9 and 4: indices 700/9, 400/9, 600/9, 800/9 and 300/9.
FIVE = {"S1": [8, 5, 7, 9, 4], "S2": [7, 6, 7, 8, 4], "S3": [9, 4, 7, 10, 4]}
SCORES = np.array([700, 400, 600, 800, 300]) / 9


@pytest.fixture
def asked(write_book) -> Callable[..., lesson.Survey]:
    """The survey of a little book: a ledger of given amounts, and accounts where some are given."""

    def make(
        survey: dict[str, object] | pd.DataFrame,
        accounts: pd.DataFrame | None = None,
        ledger: str = "account_id,revenue\nA0,500\n",
        currency: str = "",
        **choices,
    ) -> lesson.Survey:
        frame = pd.DataFrame(survey)
        if "account_id" not in frame:
            frame["account_id"] = [f"A{n}" for n in range(len(frame))]
        frame["respondent"] = [f"R{n:03}" for n in range(len(frame))]
        texts = {"survey__csv": frame.to_csv(index=False), "ledger__csv": ledger}
        if accounts is not None:
            texts["accounts__csv"] = accounts.to_csv(index=False)
        toml = currency + "".join(
            f'[tables.{name.removesuffix("__csv")}]\npath = "{name.replace("__", ".")}"\n'
            for name in texts
        )
        return lesson.survey(Book.open(write_book(toml=toml, **texts)), **choices)

    return make


def blocks(n: int = 60, seed: int = 0, **weights: float) -> pd.DataFrame:
    """Answers of n customers in which satisfaction is made of its drivers with the given weights."""
    rng = np.random.default_rng(seed)
    score = {code: rng.normal(size=n) for code in "EQV"}
    score["S"] = sum(weights.get(code, 0) * score[code] for code in "EQV") + 0.4 * rng.normal(
        size=n
    )
    score["L"] = 0.8 * score["S"] + 0.4 * rng.normal(size=n)
    level = {"Q": 5.0}
    return pd.DataFrame(
        {
            f"{code}{i}": np.clip(
                np.round(level.get(code, 6) + 1.3 * score[code] + 0.5 * rng.normal(size=n)), 1, 10
            ).astype(int)
            for code in "EQVSL"
            for i in range(1, 3 if code == "L" else 4)
        }
    )


@pytest.fixture
def made(asked) -> Callable[..., tuple[lesson.Survey, lesson.Finding]]:
    """A survey of blocks and its drivers."""

    def make(**options):
        survey = asked(blocks(**options))
        return survey, lesson.drivers(survey, draws=60)

    return make


def told(finding: lesson.Finding) -> str:
    return str(finding)


def test_an_index_and_its_interval_by_hand(asked):
    found = lesson.satisfaction(asked(FIVE))
    mean, half = SCORES.mean(), stats.t.ppf(0.975, 4) * SCORES.std(ddof=1) / math.sqrt(5)
    assert found.numbers["index"] == pytest.approx(mean)
    assert found.numbers["low"] == pytest.approx(mean - half)
    assert found.table.loc["satisfaction", "error"] == pytest.approx(half)
    assert told(found).startswith(
        "The satisfaction index is 62.2 (33.6 to 90.8), from 5 answers. The items of a block count alike."
    )
    assert "With fewer than 30 answers such an interval is rough." in told(found)


def test_an_interval_never_leaves_the_scale_and_one_answer_has_none(asked):
    two = lesson.satisfaction(asked({"S1": [1, 10], "S2": [1, 10], "S3": [1, 10]}))
    assert (two.numbers["low"], two.numbers["high"]) == (0, 100)
    one = lesson.satisfaction(asked({"S1": [7], "S2": [7], "S3": [7]}))
    assert told(one).startswith(
        "The satisfaction index is 66.7, from one answer: no error is known."
    )
    alike = lesson.satisfaction(asked({"S1": [7, 7], "S2": [7, 7], "S3": [7, 7]}))
    assert told(alike).startswith("All 2 answers give the same satisfaction index, 66.7.")


def test_the_survey_says_its_years_and_what_it_left_out(asked):
    gap = asked({**FIVE, "S3": [9, 4, 7, 10, None], "year": [2023, 2023, 2024, 2024, 2024]})
    text = told(lesson.survey_in_numbers(gap))
    assert "2023 to 2024: 5 questionnaires from 5 accounts." in text
    assert "1 questionnaire without all answers on satisfaction left out." in text
    one = asked({**FIVE, "year": [2023, 2023, 2024, 2024, 2024]}, year="2024")
    assert "2024: 3 questionnaires from 3 accounts. All of them" in told(
        lesson.survey_in_numbers(one)
    )


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"year": "2019"}, "year is '2019'; the survey has no years: use one, or 'all'"),
        ({"weights": "some"}, "weights is 'some'; use 'equal' or 'pls'"),
        ({"scheme": "sum"}, "scheme is 'sum'; use 'centroid', 'factor' or 'path'"),
    ],
)
def test_what_cannot_be_chosen(asked, choices, message):
    with pytest.raises(ValueError, match=message):
        asked(FIVE, **choices)


def test_a_survey_that_says_nothing_of_satisfaction_is_refused_with_the_way_out(asked):
    with pytest.raises(ValueError, match=r"none of 2 questionnaires answers all of survey\.S1"):
        asked({"S1": [7, None], "S2": [None, 8], "S3": [6, 6]})


def test_answers_needed_by_hand(asked):
    found = lesson.sample_sizes(asked(FIVE), margin=5)
    spread = SCORES.std(ddof=1)
    # by z it would be 82: t with 83 and 84 degrees of freedom is 1.98896 and 1.98861
    assert (1.98896 * spread / 5) ** 2 > 84 and (1.98861 * spread / 5) ** 2 <= 85
    assert found.numbers["know"] == 85
    assert found.numbers["tell"] == sf.required_sample_size(5, spread, power=0.8) == 335
    assert found.title.startswith("85 answers to know a mean within 5 points, ")
    assert "That is 3.9 times as many: a level is cheap, a ranking is dear." in told(found)
    wide = lesson.sample_sizes(asked(FIVE), margin=4)
    assert 4.0 in wide.numbers["frame"].index and wide.numbers["margin"] == 4


def test_the_strongest_driver_is_named_only_as_far_as_it_is_clear(made):
    _, clear = made(n=200, Q=0.8, V=0.2, E=0.05)
    assert clear.numbers["first"] == "perceived quality" and clear.numbers["clear"]
    assert clear.title.startswith("Perceived quality matters most for satisfaction: ")
    _, close = made(n=60, Q=0.5, V=0.5, E=0.1)
    assert not close.numbers["clear"] and close.numbers["lead_low"] <= 0
    assert "which of the two matters more cannot be told" in told(close)
    assert "matters most" not in told(close)


def test_a_lead_is_judged_by_the_paired_difference_and_not_by_two_intervals(made):
    # Drivers that are measured apart: their paths vary together, so the two intervals say too much or too little.
    _, found = made(n=160, Q=0.72, V=0.48, seed=4)
    used = found.numbers["used"]
    model = found.numbers["model"]
    drawn = model.resampled[found.numbers["kind"]]
    apart = (drawn[("Q", "S")] - drawn[("V", "S")]).quantile([0.025, 0.975])
    assert (found.numbers["lead_low"], found.numbers["lead_high"]) == pytest.approx(tuple(apart))
    assert used.loc[("Q", "S"), "low"] < used.loc[("V", "S"), "high"], "the intervals overlap"
    assert found.numbers["lead_low"] > 0 and found.numbers["clear"]
    assert "more than chance" in told(found)


def test_fix_first_asks_whether_performance_differs_by_more_than_its_error(made):
    # quality was asked at a level one point lower, 11 points of the index, and matters most
    survey, drivers = made(n=200, Q=0.8, V=0.2, E=0.05)
    found = lesson.fix_first(survey, drivers)
    assert found.numbers["fix"] == ["perceived quality"]
    assert found.title == "Fix first: perceived quality"
    # value leads and is done well: nothing is to be fixed first, though something lies below the mean
    survey, drivers = made(n=200, Q=0.1, V=0.8, E=0.1)
    found = lesson.fix_first(survey, drivers)
    assert found.numbers["fix"] == [] and found.numbers["below"] == ["perceived quality"]
    assert "nothing stands out to be fixed" in told(found)


def test_what_is_done_worse_but_matters_no_more_beyond_error_is_not_fixed_first(made):
    # quality is done worse; it leads value by so little that its importance is not above the mean beyond error
    survey, drivers = made(n=60, Q=0.5, V=0.45, E=0.4)
    found = lesson.fix_first(survey, drivers)
    assert found.numbers["below"] == ["perceived quality"] and found.numbers["fix"] == []


def test_a_lead_that_is_not_clear_is_no_place_to_begin():
    survey = looked_at(lesson.survey, "yunhe")
    found = lesson.fix_first(survey, lesson.drivers(survey, draws=60))
    assert "perceived value and perceived quality cannot be told apart" in told(found)
    assert "begin with" not in told(found)


def test_drivers_that_have_no_answer_say_what_would_give_one(asked):
    assert told(lesson.drivers(asked(FIVE))) == (
        "The survey has no block besides satisfaction, so what drives it stays open; survey.E1, survey.Q1, "
        "survey.V1, survey.L1 would tell."
    )
    few = lesson.drivers(asked(blocks(n=12, Q=1)))
    assert told(few) == (
        "A path model asks for 30 full answers or more, fewer would give noise; here there are 12."
    )
    flat = lesson.drivers(asked(blocks(n=40, Q=1).assign(E2=5)))
    assert "Everybody gives the same answer to survey.E2, so nothing can be related to it" in told(
        flat
    )
    assert not lesson.fix_first(asked(FIVE), few).known and not lesson.corrected_paths(few).known


def test_two_drivers_that_are_one_cannot_be_told_apart(asked):
    twins = blocks(n=50, Q=0.8)
    twins[["E1", "E2", "E3"]] = twins[["Q1", "Q2", "Q3"]].to_numpy()
    assert "two drivers move together exactly" in told(lesson.drivers(asked(twins)))


def test_a_gap_is_compared_customer_by_customer(asked):
    # Customers differ by far more than their two gaps do: each interval holds the other, the difference is -1 to a customer.
    moods = [-4, -3, -2, -1, 0, -4, -3, -2]
    answers = {item: [6, 7, 6, 7, 6, 7, 6, 7] for item in ("S1", "S2", "S3")}
    for item, extra in (("10", [-1, -1, -1, -1, -1, -1, -1, -2]), ("14", [0] * 8)):
        answers[f"expected_{item}"] = [9] * 8
        answers[f"perceived_{item}"] = [9 + a + b for a, b in zip(moods, extra, strict=True)]
    survey = asked(answers)
    table, found = survey.gaps, lesson.service_gaps(survey)
    assert table.loc["responsiveness", "high"] > table.loc["assurance", "low"]
    low, high = stats.t.interval(0.95, 7, 1.125, stats.sem([1, 1, 1, 1, 1, 1, 1, 2]))
    assert found.numbers["lead"] == pytest.approx(1.125)
    assert (found.numbers["lead_low"], found.numbers["lead_high"]) == pytest.approx((low, high))
    assert "It is wider than that of assurance, customer by customer, by 1.13 points" in told(found)
    answers["perceived_14"] = [5, 5, 7, 6, 9, 4, 6, 6]
    unclear = lesson.service_gaps(asked(answers))
    assert unclear.numbers["lead_low"] < 0
    assert "which of the two is wider cannot be told" in told(unclear)


def pairs(gap: list[int]) -> dict[str, list[int]]:
    return {"expected_10": [8] * len(gap), "perceived_10": [8 + each for each in gap]}


def test_a_gap_by_hand(asked):
    survey = asked({**FIVE, **pairs([-1, 0, -3, 0, -2])})
    found = lesson.service_gaps(survey)
    low, high = stats.t.interval(0.95, 4, -1.2, stats.sem([-1, 0, -3, 0, -2]))
    assert found.numbers["gap"] == pytest.approx(-1.2)
    assert (found.numbers["low"], found.numbers["high"]) == pytest.approx((low, high))
    assert found.title == "No dimension falls short by more than its error"
    short = lesson.service_gaps(asked({**FIVE, **pairs([-2, -2, -3, -2, -2])}))
    assert short.title == "Responsiveness falls short most: -2.20 points (-2.76 to -1.64)"
    assert "It is the only dimension that was asked about." in told(short)


def test_a_gap_within_its_error_does_not_meet_the_iso_rule_but_cannot_be_told(asked):
    found = lesson.iso_rule(asked({**FIVE, **pairs([-1, 0, -3, 0, -2])}))
    assert found.numbers["open"] == ["responsiveness"] and found.numbers["short"] == []
    assert found.numbers["happy"] == 0.4
    # Wilson 1927 for 2 of 5
    assert (found.numbers["happy_low"], found.numbers["happy_high"]) == pytest.approx(
        (0.1176, 0.7693), abs=1e-4
    )
    assert told(found).startswith(
        "Dimensions that fall short: none. That exceed: none. Of which neither can be told: responsiveness."
    )


#: Loyalty is satisfaction and one point more for an answer in time, but for a little.
LOYAL = {
    "L1": [8, 7, 6, 5, 6, 9, 5],
    "L2": [8, 7, 6, 5, 6, 9, 6],
    "S1": [7, 7, 5, 5, 6, 8, 5],
    "hours_to_answer": [10, 90, 20, 80, 70, 5, 99],
}


def test_the_gain_from_a_prompt_answer_and_its_sign(asked):
    rows = LOYAL | {"S2": LOYAL["S1"], "S3": LOYAL["S1"]}
    found = lesson.recovery(asked(rows), prompt_hours=48)
    assert found.numbers["prompt"] == 3 and found.numbers["complaints"] == 7
    assert found.numbers["gain"] == pytest.approx(0.94, abs=0.05) and found.numbers["low"] > 0
    assert "are more loyal, by 0." in told(found) and "That is more than chance." in told(found)
    turned = rows | {"hours_to_answer": [100 - hours for hours in LOYAL["hours_to_answer"]]}
    assert "are less loyal: a difference of -0." in told(lesson.recovery(asked(turned), 48))


def test_complaints_that_were_all_answered_in_time_compare_nothing(asked):
    rows = LOYAL | {"S2": LOYAL["S1"], "S3": LOYAL["S1"], "hours_to_answer": [5] * 7}
    assert told(lesson.recovery(asked(rows))) == (
        "Of 7 complaints with an answer, 7 came within 48 hours: five are needed in all, and two of each kind."
    )


def test_delivered_value_by_hand(asked):
    survey = asked({**FIVE, "value_product": [80, 60, 70, 75, 50], "value_service": [60, 70, 50, 65, 40],
                    "cost_money": [50, 40, 60, 45, 70], "cost_time": [30, 50, 20, 40, 60]})  # fmt: skip
    found = lesson.delivered(survey)
    # 60, 40, 40, 55 and -40
    assert found.numbers["delivered"] == pytest.approx(31) and found.numbers["losing"] == 0.2
    assert "value adds up to 124 points and cost to 93: delivered value is 31" in told(found)
    # money less time: 20, -10, 40, 5, 10
    low, high = stats.t.interval(0.95, 4, 13, stats.sem([20, -10, 40, 5, 10]))
    assert f"money lies above time by 13.0 points ({low:+.1f} to {high:+.1f})" in told(found)
    assert "No cost is rated highest beyond chance" in told(found)
    reach = stats.t.ppf(0.975, 4) * stats.sem([60, 40, 40, 55, -40])
    assert found.numbers["delivered_low"] == pytest.approx(31 - reach)


def growing(sign: int) -> tuple[dict[str, object], str]:
    """Forty accounts whose revenue moves with (or against) what they answered."""
    level = [1 + n % 10 for n in range(40)]
    lines = [
        f"A{n},{year}-06-01,{100 + (year == 2024) * sign * (5 * level[n] + n % 3)}"
        for n in range(40)
        for year in (2023, 2024)
    ]
    survey = {"S1": level, "S2": level, "S3": level, "year": 2023}
    return survey, "account_id,date,revenue\n" + "\n".join(lines) + "\n"


def test_a_year_that_breaks_off_is_no_year_of_deeds(asked):
    # 20 a month from 2022 to June 2024: once 240 to 120, a fall by half of everybody
    months = [f"{2022 + m // 12}-{m % 12 + 1:02d}" for m in range(30)]
    ledger = "".join(f"A{n},{month}-05,20\n" for n in range(40) for month in months)
    survey = {name: [1 + n % 10 for n in range(40)] for name in ("S1", "S2", "S3")}
    found = asked(survey | {"year": 2023}, ledger="account_id,date,revenue\n" + ledger)
    assert set(found.yearly.index.get_level_values("period")) == {2022, 2023}


@pytest.mark.parametrize(
    ("sign", "says", "verdict"),
    [
        (1, "satisfied accounts grow more", "holds"),
        (-1, "Satisfied accounts grow less: look for a third cause.", "does not hold"),
    ],
)
def test_the_index_against_what_they_do(asked, sign, says, verdict):
    survey, ledger = growing(sign)
    opened = asked(survey, ledger=ledger)
    found = lesson.deeds(opened)
    assert found.numbers["pairs"] == 40 and says in told(found)
    table = lesson.claims(opened, lesson.drivers(opened)).table
    assert table.loc[6, "verdict"].startswith(verdict)


def test_a_link_that_is_not_seen_is_ruled_out_only_by_its_interval(asked):
    # forty accounts leave room for a correlation of 0.3: a book that is too small to tell
    survey, _ = growing(1)
    rng = np.random.default_rng(5)
    lines = [
        f"A{n},{year}-06-01,{100 + rng.integers(0, 50)}" for n in range(40) for year in (2023, 2024)
    ]
    opened = asked(survey, ledger="account_id,date,revenue\n" + "\n".join(lines) + "\n")
    found = lesson.deeds(opened)
    assert found.numbers["low"] < 0.1 < found.numbers["high"]
    assert "Whether the correlation is 0.1 or more" in told(found)
    table = lesson.claims(opened, lesson.drivers(opened)).table
    assert table.loc[6, "verdict"] == "cannot be told from this book: the interval includes 0.1"
    assert "is ruled out" in told(lesson.deeds(opened, small=0.9))


def test_the_net_promoter_score_of_one_kind_of_answer_has_no_error(asked):
    assert told(lesson.recommendation(asked({**FIVE, "recommend": [10, 9, 9, 10, 10]}))) == (
        "All 5 answers are of one kind: the net promoter score is +100, and no error can be known."
    )
    mixed = lesson.recommendation(asked({**FIVE, "recommend": [10, 9, 7, 3, 2]}))
    assert mixed.numbers["score"] == 0 and "(-0" not in told(mixed)


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0, "p < 0.001"), (0.0004, "p < 0.001"), (0.0012, "p = 0.001"), (0.049, "p = 0.049"), (0.3221, "p = 0.32"), (0.9999, "p > 0.99")],
)  # fmt: skip
def test_a_p_value_is_never_written_as_zero_or_one(p, text):
    assert lesson.p_text(p) == text


def managed(step: float) -> dict[str, object]:
    """Six managers with twelve answers each, whose means lie so many points of the scale apart."""
    rng = np.random.default_rng(3)
    score = np.clip(np.round(5 + step * np.repeat(np.arange(6) - 2.5, 12) + rng.normal(size=72)), 1, 10)  # fmt: skip
    return {"S1": score, "S2": score, "S3": score, "manager_id": np.repeat(list("abcdef"), 12)}


def test_managers_that_differ_and_managers_that_do_not(asked):
    apart = asked(managed(1.2))
    found = lesson.managers(apart)
    assert "They differ by more than chance allows (F test, p < 0.001)." in told(found)
    assert "p = 0.000" not in told(found)
    twice = lesson.ranked_twice(apart, draws=40)
    assert "The two rankings agree by more than noise." in told(twice)
    trust = sf.mean_reliability(
        sf.group_means(apart.index, apart.rows["manager_id"].astype("str")), 5
    )
    assert tuple(twice.numbers[f"trust{end}"] for end in ("", "_low", "_high")) == trust
    assert found.numbers["of_few_low"] == trust.low > 0.3
    # a ranking of which the reliability may lie on either side of the bar
    between = lesson.ranked_twice(apart, draws=40, noise=trust.estimate)
    assert "is more than noise cannot be told" in told(between)
    alike = asked(managed(0))
    found = lesson.managers(alike)
    assert "Chance alone could explain that" in told(found)
    assert found.numbers["by_chance"] == pytest.approx(0.3)
    # six managers do not rule out that their ranking is worth something; 24 of the bundled book do
    assert "is more than noise cannot be told" in told(lesson.ranked_twice(alike, draws=40))
    ours = looked_at(lesson.survey, "linjiang")
    assert "by 5 answers is noise." in told(lesson.ranked_twice(ours, draws=40))
    # a correlation below 0 is not called chance: no test of it is made
    assert lesson.ranked_twice(ours, draws=40).numbers["correlation"] < 0
    assert "is chance" not in told(lesson.ranked_twice(ours, draws=40))


def test_managers_with_too_few_answers_are_not_ranked_twice(asked):
    rows = managed(0) | {"manager_id": np.repeat(list("abcdefgh"), 9)}
    assert told(lesson.ranked_twice(asked(rows))) == (
        "Asking twice takes 4 managers with 10 answers each; here 0 managers have so many (survey.manager_id)."
    )


def test_a_sector_that_misses_the_mean_by_chance_is_called_so(asked):
    frame = pd.DataFrame(managed(0))
    accounts = pd.DataFrame(
        {
            "account_id": [f"A{n}" for n in range(72)],
            "sector": [f"s{n // 12}" for n in range(72)],
        }
    )
    found = lesson.sectors(asked(frame, accounts), margin=5)
    overall = 100 * (np.mean(frame["S1"]) - 1) / 9
    assert found.numbers["mean"] == pytest.approx(overall)
    assert "differ by no more than chance allows" in told(found)
    assert found.numbers["enough"] == 0 and "0 of 6 sectors have them" in told(found)


def test_alpha_has_an_interval_and_the_floor_decides_only_outside_it(asked):
    found = lesson.item_agreement(asked(FIVE))
    alpha = sf.cronbach_alpha(pd.DataFrame(FIVE))
    # Feldt: 1 - (1 - alpha) F with n - 1 and (n - 1)(k - 1) degrees of freedom
    low = 1 - (1 - alpha) * stats.f.ppf(0.975, 4, 8)
    assert found.numbers["alpha"] == pytest.approx(alpha)
    assert found.numbers["low"] == pytest.approx(low)
    turned = lesson.item_agreement(asked({**FIVE, "S3": [2, 7, 4, 1, 7]}))
    assert turned.numbers["alpha"] < 0 and "may be turned round" in told(turned)


def test_reliabilities_of_the_path_model_stand_beside_alpha(made):
    survey, drivers = made(n=120, Q=0.8)
    table = lesson.item_agreement(survey, drivers).numbers["frame"]
    block = drivers.numbers["model"].blocks.loc["Q"]
    assert table.loc["perceived quality", "composite_reliability"] == (
        f"{block['composite_reliability']:.2f} ({block['composite_reliability_low']:.2f} to "
        f"{block['composite_reliability_high']:.2f})"
    )
    assert "rho_a" not in lesson.item_agreement(survey).numbers["frame"]


def test_what_errors_of_measurement_hide_is_told_by_resamples(made):
    _, drivers = made(n=200, Q=0.8, V=0.2)
    found = lesson.corrected_paths(drivers)
    drawn = drivers.numbers["model"].resampled
    moved = drawn["disattenuated"][("Q", "S")] - drawn["estimate"][("Q", "S")]
    assert moved.quantile(0.025) > 0
    assert "perceived quality → satisfaction" in found.numbers["larger"]
    named = found.numbers["larger"] + found.numbers["smaller"] + found.numbers["open"]
    assert sorted(named) == sorted(found.table.index)


def test_fifths_differ_by_an_interval(asked):
    level = [1 + n % 10 for n in range(40)]
    rows = dict.fromkeys(("S1", "S2", "S3", "L1", "L2"), level)
    found = lesson.fifths(asked(rows))
    # loyalty 1 and 2 in the lowest fifth, 9 and 10 in the highest: indices 0, 11.1 and 88.9, 100
    half = np.array([0, 100 / 9] * 4)
    low, high = stats.ttest_ind(half + 800 / 9, half, equal_var=False).confidence_interval()
    assert found.numbers["apart"] == pytest.approx(800 / 9)
    assert (found.numbers["apart_low"], found.numbers["apart_high"]) == pytest.approx((low, high))
    turned = rows | dict.fromkeys(("L1", "L2"), level[::-1])
    assert "Lower: a difference of -89 points" in told(lesson.fifths(asked(turned)))
    rng = np.random.default_rng(0)
    none = rows | {"L1": rng.integers(1, 11, 40), "L2": rng.integers(1, 11, 40)}
    assert "is within chance" in told(lesson.fifths(asked(none)))


def test_answers_of_one_account_are_not_answers_of_two(asked):
    """Deviations from 560/9 in ninths: 140, -160 | 40, 240 | -260; by account -20, 280, -260."""
    found = lesson.satisfaction(asked(FIVE | {"account_id": list("AABBC")}))
    reach = 4.302653 * math.sqrt(1.5 * (20**2 + 280**2 + 260**2)) / 9 / 5
    assert found.numbers["own_low"] == pytest.approx(560 / 9 - reach, abs=1e-4)
    assert (
        "come from 3 accounts; where those of one account may be alike, the interval is 17.4 to 100.0"
        in told(found)
    )
    assert "may be alike" not in told(lesson.satisfaction(asked(FIVE)))


def test_other_hours_stand_beside_the_verdict_on_complaints(asked):
    """10, 20 and 5 hours are within 24 h as within 48; 70 hours are in time at 72."""
    survey = asked(LOYAL | {"S2": LOYAL["S1"], "S3": LOYAL["S1"]})
    frame = lesson.other_limits(survey).numbers["frame"]
    parts = {
        hours: f"{hours} h {g:.2f} ({low:.2f} to {high:.2f})"
        for hours, (g, low, high) in frame[["gain", "low", "high"]].iterrows()
    }
    row = lesson.claims(survey, lesson.drivers(survey)).table.loc[3]
    assert row["this book"] == "; ".join(parts[hours] for hours in ("48", "24", "72"))
    assert frame.loc["24", "gain"] == frame.loc["48", "gain"] != frame.loc["72", "gain"]
    assert frame.loc["48", "low"] > 0.1 > frame.loc["72", "low"]
    assert row["verdict"] == (
        "does not hold: loyalty is higher after a prompt answer at 48 h; at 72 h it would not be so"
    )


def claimed(survey: lesson.Survey, drivers: lesson.Finding, row: int, **limits: float) -> str:
    return lesson.claims(survey, drivers, **limits).table.loc[row, "verdict"]


def test_each_verdict_moves_with_its_limit(made):
    survey, drivers = made(n=200, Q=0.8, V=0.3, E=0.05)
    assert claimed(survey, drivers, 0).startswith("holds in part: quality as a whole leads")
    # quality above expectations and above value: two tests; value, alpha and strategy one each
    found = lesson.claims(survey, drivers).numbers
    assert (found["tested"], found["tests"]) == (4, 5)
    used = drivers.numbers["used"]
    # value: related, next to nothing, or not to be told
    low, high = used.loc[("V", "S"), ["low", "high"]]
    assert claimed(survey, drivers, 2, small=low / 2) == "does not hold: it is related"
    assert claimed(survey, drivers, 2, small=high + 0.01) == "holds: next to nothing"
    assert claimed(survey, drivers, 2, small=(low + high) / 2).startswith("cannot be told")
    low, high = used.loc[("S", "L"), ["low", "high"]]
    assert claimed(survey, drivers, 5, large=low - 0.01).startswith("holds")
    assert claimed(survey, drivers, 5, large=high + 0.01) == "does not hold: the link is weaker"
    assert claimed(survey, drivers, 5, large=(low + high) / 2).startswith("cannot be told")
    alpha = sf.cronbach_alpha(survey.rows[["S1", "S2", "S3"]])
    assert claimed(survey, drivers, 4, floor=alpha).startswith("cannot be told")
    assert claimed(survey, drivers, 4, floor=alpha + 0.08).startswith("does not hold")
    # items that agree may agree on something else
    assert claimed(survey, drivers, 4, floor=0.5).startswith("holds in part: its items agree")


def test_what_is_not_money_hangs_on_weights_that_the_survey_does_not_give(asked):
    """Once 69 % "held" against one half, where four costs rated alike come to 75 % by construction."""
    alike = {f"cost_{name}": [40, 50, 60, 45, 70] for name in ("money", "time", "energy", "mental")}
    survey = asked(FIVE | {"value_product": [80, 60, 70, 75, 50]} | alike)
    row = lesson.claims(survey, lesson.drivers(survey)).table.loc[1]
    assert (row["this book"], row["verdict"]) == (
        "-",
        "cannot be tested here: 4 costs rated from 0 to 100 and weighed alike: equal ratings give 75 % that is not "
        "money; needs the weights of the costs",
    )


def test_quality_that_another_driver_beats_does_not_lead(made):
    survey, drivers = made(n=200, Q=0.1, V=0.8, E=0.1)
    assert claimed(survey, drivers, 0) == "does not hold: perceived value lies above it"


def test_a_gain_decides_by_the_least_that_is_one(asked):
    survey = asked(LOYAL | {"S2": LOYAL["S1"], "S3": LOYAL["S1"]})
    gain = lesson.recovery(survey).numbers
    drivers = lesson.drivers(survey)
    assert claimed(survey, drivers, 3, least_gain=gain["low"] - 0.01).startswith("does not hold")
    assert claimed(survey, drivers, 3, least_gain=gain["high"] + 0.01).startswith(
        "holds: no such gain"
    )
    assert claimed(survey, drivers, 3, least_gain=gain["gain"]).startswith("cannot be told")


def test_the_iso_rule_takes_all_dimensions_together(asked):
    answers = {**FIVE}
    gaps = {"01": [0] * 5, "05": [0, 1, 0, 0, 1], "10": [-1, -1, -2, -1, -1]}
    for item, gap in gaps.items():
        answers |= {f"expected_{item}": [8] * 5, f"perceived_{item}": [8 + g for g in gap]}
    survey = asked(answers)
    row = lesson.claims(survey, lesson.drivers(survey)).table.loc[7]
    # -1.2, standard error 0.2: t(4) at 5 % / 3 on two sides is 3.96
    assert row["this book"] == "1 of 3 fall short; responsiveness -1.20 (-1.99 to -0.41)"
    assert row["verdict"] == "does not hold: not met"
    better = answers | {"perceived_10": [8, 9, 8, 8, 9], "perceived_05": [9, 10, 9, 9, 10]}
    survey = asked(better)
    assert claimed(survey, lesson.drivers(survey), 7) == (
        "cannot be told from this book: the gaps may be 0 or below"
    )
    best = better | {"perceived_10": [9, 9, 9, 10, 9]}
    survey = asked(best)
    assert claimed(survey, lesson.drivers(survey), 7) == "holds: met"


def test_claims_that_a_book_cannot_test_say_so(asked):
    survey = asked(FIVE)
    found = lesson.claims(survey, lesson.drivers(survey))
    assert found.numbers["tested"] == 1
    assert found.table["verdict"].str.startswith("cannot be tested here: ").sum() == 9


def test_a_leading_driver_that_is_not_clear_decides_no_claim():
    survey = looked_at(lesson.survey, "yunhe")
    table = lesson.claims(survey, lesson.drivers(survey, draws=60)).table
    assert (
        table.loc[0, "verdict"]
        == "cannot be told from this book: the difference from perceived value may be 0"
    )
    assert (
        table.loc[9, "verdict"]
        == "cannot be tested here: a rule, not a statement: no difference is seen"
    )


def test_the_review_takes_means_by_account_and_late_answers(asked):
    rows = FIVE | {
        "account_id": ["A", "A", "B", "B", "B"],
        "hours_to_answer": [60, None, 48, 47, None],
    }
    found = lesson.account_review(asked(rows), prompt_hours=48)
    frame = found.numbers["review"].set_index("account_id")
    assert frame["satisfaction"].tolist() == pytest.approx([550 / 9, 1700 / 27])
    assert frame["answers"].tolist() == [2, 3] and frame["late_answers"].tolist() == [1, 1]
    assert found.numbers["meaning"]["late_answers"] == (
        "complaints answered after 48 hours or more"
    )


def test_weights_of_the_path_model_are_used_and_their_lack_is_said(asked):
    weighed = asked(blocks(n=80, Q=0.8), weights="pls")
    assert "weighed by the path model" in told(lesson.satisfaction(weighed))
    none = asked(FIVE, weights="pls")
    assert "these answers allow none: items count alike" in told(lesson.satisfaction(none))
