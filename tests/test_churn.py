"""The methods of lesson 10: published values, cases worked by hand, properties, and bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import CumIncidenceRight

from keyacct_utils.lessons import churn as ch

#: Time in days, 1 died and 0 still alive, sex (1 men, 2 women): North Central Cancer Treatment
#: Group, Loprinzi et al. 1994, Journal of Clinical Oncology 12(3), as in R's package survival.
LUNG = pd.read_csv(Path(__file__).parent / "fixtures" / "lung.csv")
#: Weeks in remission of 21 patients with 6-MP and 21 without, 0 still in remission: Freireich et al.
#: 1963, Blood 21(6); analysed by Gehan 1965, Biometrika 52.
TREATED = (6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
RELAPSED = (1,) * 9 + (0,) * 12
OTHERS = (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)


@pytest.fixture(scope="module")
def gehan():
    return pd.DataFrame(
        {
            "duration": [*TREATED, *OTHERS],
            "event": [*RELAPSED, *[1] * 21],
            "placebo": [0] * 21 + [1] * 21,
        }
    )


# ---- published values


def test_lung_survival_as_r_has_it():
    found = ch.kaplan_meier(LUNG["time"], LUNG["status"])
    assert found.attrs["median"] == 310
    # R: summary(survfit(Surv(time, status) ~ 1, lung)): 228 patients, 165 deaths
    assert found["at_risk"].iloc[0] == 228 and found["left"].sum() == 165
    by_sex = {
        sex: ch.kaplan_meier(part["time"], part["status"]).attrs["median"]
        for sex, part in LUNG.groupby("sex")
    }
    assert by_sex == {1: 270, 2: 426}


def test_lung_log_rank_as_r_has_it():
    found = ch.log_rank(LUNG["time"], LUNG["status"], LUNG["sex"])
    assert found.statistic == pytest.approx(10.33, abs=0.005)
    assert found.p == pytest.approx(0.0013, abs=0.00005)
    assert found.df == 1 and found.table["left"].tolist() == [112, 53]


def test_lung_hazard_ratio_as_r_has_it():
    lines = LUNG.rename(columns={"time": "duration", "status": "event"})
    found = ch.hazard_model(lines, ["sex"]).loc["sex"]
    assert found["ratio"] == pytest.approx(0.588, abs=0.0005)
    # coxph: coef -.5310, se .1672, 95 % .4237 to .816
    assert found["log_ratio"] == pytest.approx(-0.5310, abs=5e-4)
    assert found["se"] == pytest.approx(0.1672, abs=5e-4)
    assert (found["low"], found["high"]) == pytest.approx((0.4237, 0.816), abs=1e-3)


def test_remission_as_published(gehan):
    """Kaplan-Meier of the treated, log-rank 16.79 and the Cox coefficient: Kleinbaum & Klein 2012,
    Survival Analysis, chapters 2 and 3; R's vignette for Efron's ties (1.572)."""
    treated = gehan[gehan["placebo"] == 0]
    found = ch.kaplan_meier(treated["duration"], treated["event"])["survival"]
    published = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert found.to_dict() == pytest.approx(published, abs=5e-5)
    assert ch.kaplan_meier(OTHERS, [1] * 21).attrs["median"] == 8
    test = ch.log_rank(gehan["duration"], gehan["event"], gehan["placebo"])
    assert test.statistic == pytest.approx(16.79, abs=0.005)
    ratio = ch.hazard_model(gehan, ["placebo"])
    assert ratio.loc["placebo", "log_ratio"] == pytest.approx(1.572, abs=5e-4)
    assert ratio.loc["placebo", "se"] == pytest.approx(0.412, abs=5e-4)


def test_the_half_year_of_s000_5():
    """S000-5i: 3.06 % of value in a half-year; 32, 8.5 and 40 % of it by cause."""
    assert ch.annualise(0.0306, 2) == pytest.approx(0.06026, abs=5e-6)
    assert ch.annualise(0.0306, 2, to=12) == pytest.approx(0.00517, abs=5e-6)
    share = pd.Series({"rivals": 0.32 + 0.085, "own business": 0.40})
    assert (0.0306 * share).tolist() == pytest.approx([0.01239, 0.01224], abs=5e-6)
    assert 1 - share.sum() == pytest.approx(0.195)
    # S000-5j: the rest of the industries
    assert 1 - np.sum([0.2653, 0.1482, 0.1357]) == pytest.approx(0.4508, abs=5e-5)


def test_limits_of_a_count_as_garwood_has_them():
    """Garwood 1936; Ulm 1990, American Journal of Epidemiology 131(2): 10 events, 4.80 to 18.39."""
    table = pd.DataFrame({"events": [10, 0], "exposure": [1.0, 1.0]}, index=["a", "b"])
    found = ch.exposure_adjusted_rates(table)
    assert (found["low"]["a"], found["high"]["a"]) == pytest.approx((4.795, 18.390), abs=5e-4)
    assert (found["low"]["b"], found["high"]["b"]) == pytest.approx((0, 3.689), abs=5e-4)


def test_attributable_fraction_as_levin_has_it():
    # 30 % exposed, ten times as often: 2.7 of 3.7
    assert ch.attributable_fraction(0.3, 10, among="all") == pytest.approx(2.7 / 3.7)
    # of cases 3 of 3.7 are exposed: the same fraction
    assert ch.attributable_fraction(3 / 3.7, 10) == pytest.approx(2.7 / 3.7)
    assert ch.attributable_fraction(0.5, 1) == 0


# ---- worked by hand


def test_five_lines_on_a_napkin():
    # 6 left, 10 runs, 14 left, 20 runs, 24 left: 4/5, then 2/3 of it, then nothing
    found = ch.kaplan_meier([6, 10, 14, 20, 24], [1, 0, 1, 0, 1])
    assert found["survival"].tolist() == pytest.approx([0.8, 0.8 * 2 / 3, 0])
    assert found["at_risk"].tolist() == [5, 3, 1] and found.attrs["median"] == 24
    assert np.isnan(found["low"].iloc[-1])
    assert ch.survival_at(found, 5)[0] == 1 and np.isnan(ch.survival_at(found, 5)[1])
    assert ch.survival_at(found, 15)[0] == pytest.approx(0.8 * 2 / 3)


def test_a_line_counts_from_the_day_on_which_somebody_watched():
    # the second came under watch at 5: at 4 one of one, at 8 one of two
    found = ch.kaplan_meier([4, 8, 9], [1, 1, 0], [0, 5, 5])
    assert found["at_risk"].tolist() == [1, 2]
    found = ch.kaplan_meier([4, 8, 9], [1, 1, 0])
    assert found["survival"].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_incidence_by_hand_and_as_statsmodels_has_it():
    # 1: a (1 of 4); 2: b (1 of 3, of the .75 that stayed); 3 runs; 4: a (the last)
    found = ch.cumulative_incidence([1, 2, 3, 4], ["a", "b", None, "a"])
    assert found.loc[4].tolist() == pytest.approx([0.25 + 0.5, 0.25])
    rng = np.random.default_rng(0)
    time, cause = rng.integers(1, 20, 200).astype(float), rng.integers(0, 3, 200)
    here = ch.cumulative_incidence(time, np.array(["", "one", "two"], dtype=object)[cause])
    there = CumIncidenceRight(time, cause)
    for name, curve in zip(("one", "two"), there.cinc, strict=True):
        mine = here[name].reindex(there.times, method="ffill").fillna(0.0)
        assert mine.to_numpy() == pytest.approx(curve)
    alone = 1 - ch.kaplan_meier(time, cause == 1)["survival"].iloc[-1]
    assert alone > here["one"].iloc[-1]


def test_rates_divide_by_what_could_be_lost():
    table = pd.DataFrame({"events": [27, 73], "exposure": [270.0, 730.0]}, index=["gov", "rest"])
    found = ch.exposure_adjusted_rates(table).loc["gov"]
    assert (found["share_of_events"], found["share_of_exposure"]) == (0.27, 0.27)
    assert found["rate"] == pytest.approx(0.1) and found["ratio"] == pytest.approx(1.0)
    assert found["ratio_low"] < 1 < found["ratio_high"]


def test_causes_by_count_and_by_money():
    found = ch.cause_shares(pd.Series(["x", "y", "x", None]), pd.Series([1.0, 6.0, 2.0, 1.0]))
    assert found.index.tolist() == ["y", "x", "not known"]
    assert found["value_share"].tolist() == pytest.approx([0.6, 0.3, 0.1])
    assert found["share"].tolist() == [0.25, 0.5, 0.25]


def test_winning_back():
    # 20 % x 100 x 1 / (1 + .1 - .9) = 100, less 30
    options = {"retention": 0.9, "discount": 0.1, "cost": 30.0}
    assert ch.win_back_value(0.2, 100.0, **options) == pytest.approx(70)
    assert ch.win_back_break_even(100.0, **options) == pytest.approx(0.06)
    assert ch.win_back_break_even(0.0, **options) == np.inf


def _monthly(account, days):
    return pd.DataFrame({"account_id": account, "date": pd.to_datetime(days)})


def test_each_against_its_own_rhythm():
    """Anhe buys every 10 days, Boda every 90: a silence of 60 days is news of one of them."""
    start = pd.Timestamp("2024-01-01")
    rows = pd.concat(
        [
            _monthly("Anhe", [start + pd.Timedelta(days=10 * n) for n in range(21)]),
            _monthly("Boda", [start - pd.Timedelta(days=90 * n) for n in range(-2, 6)]),
            _monthly("Chenxi", [start]),
        ]
    )
    found = ch.lapsed(rows, "2024-09-17", shape=1.0)
    assert found["silence"].to_dict() == {"Anhe": 60, "Boda": 80, "Chenxi": 260}
    assert found["lapsed"].to_dict() == {"Anhe": True, "Boda": False, "Chenxi": False}
    # k = 1: T ((1 - level)^(-1/n) - 1), T = 200 and n = 20
    assert found["limit"]["Anhe"] == pytest.approx(200 * (0.05 ** (-1 / 20) - 1))
    assert found["p"]["Anhe"] == pytest.approx((1 + 60 / 200) ** -20)
    assert np.isnan(found["limit"]["Chenxi"]) and np.isnan(found["p"]["Chenxi"])
    assert ch.came_back(rows, "2024-06-01").to_dict() == {
        "Anhe": True,
        "Boda": True,
        "Chenxi": False,
    }


def test_a_season_is_no_lapse():
    """Ice is bought from June to August: the winter is long every year."""
    days = [f"{year}-{month:02d}-05" for year in (2021, 2022, 2023) for month in (6, 7, 8)]
    rows = _monthly("Ice", days)
    assert not ch.lapsed(rows, "2024-05-20", shape=4.0)["lapsed"]["Ice"]
    assert ch.lapsed(rows, "2024-05-20", shape=4.0, longer_than_any=False)["lapsed"]["Ice"]
    assert ch.lapsed(rows, "2024-09-20", shape=4.0)["lapsed"]["Ice"]


@pytest.mark.parametrize("k", [0.5, 1.0, 4.0])
def test_the_regularity_comes_back(k):
    rng = np.random.default_rng(3)
    rows = []
    for account in range(150):
        gaps = np.ceil(rng.gamma(k, rng.lognormal(4, 1) / k + 20, 15))
        rows.append(
            _monthly(
                f"{account}", pd.Timestamp("2000-01-01") + pd.to_timedelta(np.cumsum(gaps), "D")
            )
        )
    assert ch.regularity(pd.concat(rows)) == pytest.approx(k, rel=0.2)


@pytest.mark.parametrize("k", [1.0, 4.0])
def test_the_limit_is_passed_as_often_as_it_says(k):
    """Of accounts that never leave, one in twenty gaps is longer than the limit."""
    rng = np.random.default_rng(5)
    gaps = rng.gamma(k, 30 / k, (4000, 7))
    limit = gaps[:, :6].mean(axis=1) * ch.rhythm.stats.f.ppf(0.95, 2 * k, 2 * k * 6)
    assert (gaps[:, 6] > limit).mean() == pytest.approx(0.05, abs=0.011)


# ---- properties


def _world(rng, n=1500, b=0.7, months=48.0):
    x, flag = rng.normal(size=n), (rng.random(n) < 0.3).astype(float)
    rate = 0.008 * np.exp(b * x + 0.5 * flag)
    entry = np.where(rng.random(n) < 0.5, rng.uniform(1, 60, n), 0.0)
    end = rng.exponential(1 / rate)
    return pd.DataFrame(
        {
            "x": x,
            "flag": flag,
            "entry": entry,
            "duration": entry + np.minimum(end, months),
            "event": (end < months).astype(int),
            "account": np.arange(n) // 3,
        }
    )


def test_cox_and_logit_find_the_same_ratios_and_agree_with_statsmodels():
    lines = _world(np.random.default_rng(1))
    options = {"entry": "entry", "units": {"x": 0.5}}
    cox = ch.hazard_model(lines, ["x", "flag"], cluster="account", **options)
    logit = ch.hazard_model(lines, ["x", "flag"], method="logit", cluster="account", **options)
    assert cox["log_ratio"].tolist() == pytest.approx([0.35, 0.5], abs=0.15)
    assert logit["log_ratio"].tolist() == pytest.approx(cox["log_ratio"].tolist(), abs=0.06)
    plain = PHReg(
        lines["duration"], lines[["x", "flag"]] / [0.5, 1], status=lines["event"],
        entry=lines["entry"], ties="breslow",
    ).fit()  # fmt: skip
    assert cox["log_ratio"].tolist() == pytest.approx(plain.params.tolist(), abs=1e-4)
    alone = ch.hazard_model(lines, ["x", "flag"], **options)
    assert cox["se"].tolist() == pytest.approx(alone["se"].tolist(), rel=0.15)


def test_a_line_put_down_twice_does_not_make_an_account_surer():
    lines = _world(np.random.default_rng(2), 400)
    lines["account"] = np.arange(len(lines))
    twice = pd.concat([lines, lines])
    once = ch.hazard_model(lines, ["x"], entry="entry", cluster="account")["se"]["x"]
    both = ch.hazard_model(twice, ["x"], entry="entry", cluster="account")["se"]["x"]
    assert both == pytest.approx(once, rel=0.03)
    assert ch.hazard_model(twice, ["x"], entry="entry")["se"]["x"] < 0.75 * once


def test_a_ratio_that_fades_is_told():
    rng = np.random.default_rng(4)
    x = rng.integers(0, 2, 2000).astype(float)
    early = rng.exponential(1 / (0.02 * np.exp(1.5 * x)))
    late = 12 + rng.exponential(1 / 0.02, 2000)
    lines = pd.DataFrame({"x": x, "duration": np.where(early < 12, early, late)})
    lines["event"] = (lines["duration"] < 60).astype(int)
    lines["duration"] = lines["duration"].clip(upper=60)
    fading = ch.proportional_test(lines, ["x"]).loc["x"]
    assert fading["correlation"] < 0 and fading["p"] < 0.001
    steady = _world(rng)
    assert ch.proportional_test(steady, ["x"], entry="entry")["p"]["x"] > 0.01


def test_a_health_score_is_a_chance():
    rng = np.random.default_rng(6)
    lines = _world(rng, 4000)
    score = ch.health_score(lines, ["x", "flag"], entry="entry")
    now = lines.assign(age=20.0)
    found = score.chance(now, horizon=12)
    true = 1 - np.exp(-12 * 0.008 * np.exp(0.7 * now["x"] + 0.5 * now["flag"]))
    assert np.corrcoef(found, true)[0, 1] > 0.99
    assert float(found.mean()) == pytest.approx(float(true.mean()), rel=0.08)
    assert (score.chance(now, horizon=1) < found).all()
    table = ch.calibration(found, pd.Series(rng.random(4000) < true).astype(int))
    assert table["foretold"].is_monotonic_increasing and table["lines"].sum() == 4000
    assert (table["low"] <= table["observed"]).all() and (table["observed"] <= table["high"]).all()


def test_typed_in_points_and_first_calls():
    lines = pd.DataFrame({"gap": [0.0, 10.0, 5.0], "happy": [90.0, 50.0, 70.0]})
    points = ch.typed_in_score(lines, {"gap": 1, "happy": 3}, worst={"happy": "low"})
    assert points.tolist() == pytest.approx([100, 0, 50])
    lost = pd.Series([0.0, 40.0, 60.0])
    table = ch.first_calls({"typed": -points, "money": lost}, lost, 1, saved=0.5)
    assert table["reached"].tolist() == [40, 60] and table["saved"].tolist() == [20, 30]
    assert table["share"].tolist() == [0.4, 0.6]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.booleans(), st.integers(0, 20)), min_size=1, max_size=25
    )
)
def test_survival_falls_and_adds_up_with_incidence(rows):
    time = np.array([t for t, _, _ in rows], dtype=float)
    event = np.array([e for _, e, _ in rows])
    entry = np.minimum([float(b) for _, _, b in rows], time - 1)
    found = ch.kaplan_meier(time, event, entry)
    assert found["survival"].is_monotonic_decreasing and found["survival"].between(0, 1).all()
    if event.any():
        cause = np.where(event, "gone", None)
        sums = ch.cumulative_incidence(time, cause, entry)["gone"]
        assert sums.to_numpy() == pytest.approx(1 - found["survival"].to_numpy())


# ---- bad input


LINES = pd.DataFrame({"duration": [5.0] * 12, "event": [1] * 12, "x": range(12)})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ch.kaplan_meier([], []), "durations is empty"),
        (lambda: ch.kaplan_meier([-1, 2], [1, 0]), "an end lies before its start"),
        (lambda: ch.kaplan_meier([np.nan], [1]), "a date is missing"),
        (lambda: ch.kaplan_meier([1, 2], [1]), "event has 1 entries"),
        (lambda: ch.kaplan_meier([1], [2]), "1 is left, 0 is still there"),
        (lambda: ch.kaplan_meier([1], [1], [1]), "entry holds"),
        (lambda: ch.log_rank([1, 2], [1, 1], ["a", "a"]), "two or more"),
        (lambda: ch.log_rank([1, 2], [0, 0], ["a", "b"]), "nobody left"),
        (lambda: ch.log_rank([1, 2], [1, 1], ["a", None]), "missing names"),
        (lambda: ch.cumulative_incidence([1, 2], [None, ""]), "no loss"),
        (lambda: ch.hazard_model(LINES, []), "covariates is empty"),
        (lambda: ch.hazard_model(LINES, ["y"]), "lacks 1 column"),
        (lambda: ch.hazard_model(LINES.assign(x=1), ["x"]), "same for all"),
        (lambda: ch.hazard_model(LINES.assign(event=0), ["x"]), "0 losses are too few"),
        (lambda: ch.hazard_model(LINES.assign(z=LINES["x"] * 2), ["x", "z"]), "follows from"),
        (lambda: ch.hazard_model(LINES, ["x"], units={"y": 2}), "units names 'y'"),
        (lambda: ch.hazard_model(LINES, ["x"], method="weibull"), "use 'cox' or 'logit'"),
        (lambda: ch.hazard_model(LINES.assign(x="a"), ["x"]), "not numbers"),
        (lambda: ch.annualise(6, 2), "3 % is 0.03"),
        (lambda: ch.annualise(0.1, 0), "periods_per_year is 0"),
        (lambda: ch.attributable_fraction(1.2, 2), "exposed is 1.2"),
        (lambda: ch.attributable_fraction(0.2, 0), "1 is no difference"),
        (lambda: ch.exposure_adjusted_rates(pd.DataFrame({"events": [1]})), "lacks 1 column"),
        (
            lambda: ch.exposure_adjusted_rates(pd.DataFrame({"events": [1], "exposure": [0]})),
            "who left was there",
        ),
        (
            lambda: ch.exposure_adjusted_rates(pd.DataFrame({"events": [-1], "exposure": [2]})),
            "below 0",
        ),
        (lambda: ch.cause_shares(pd.Series([], dtype=object)), "holds no loss"),
        (lambda: ch.win_back_value(0.1, 5, retention=1, discount=0, cost=1), "for ever"),
        (lambda: ch.lapsed(_monthly("A", ["2024-01-01"]), "2023-01-01"), "later as_of"),
        (lambda: ch.lapsed(_monthly("A", ["2024-01-01"]), "soon"), "expected a day"),
        (lambda: ch.lapsed(_monthly("A", ["2024-01-01"]), "2024-02-01", 95), "20 % is 0.2"),
        (lambda: ch.lapsed(pd.DataFrame({"account_id": []}), "2024-01-01"), "lacks 1 column"),
        (lambda: ch.health_score(LINES.assign(event=0), ["x"]), "too few"),
        (lambda: ch.typed_in_score(LINES, {}), "weights is empty"),
        (lambda: ch.calibration(pd.Series([2.0]), pd.Series([1])), "outside 0 to 1"),
        (lambda: ch.first_calls({}, pd.Series([1.0]), 3), "order or lost is empty"),
        (lambda: ch.first_calls({"a": pd.Series([1.0])}, pd.Series([1.0]), 0), "at least 1"),
    ],
)
def test_bad_input_is_told_with_the_way_out(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_losses_on_one_side_have_no_ratio():
    lines = pd.DataFrame({"x": [0] * 20 + [1] * 20, "duration": range(1, 41)})
    lines["event"] = lines["x"]
    with pytest.raises(ValueError, match="all on one side"):
        ch.hazard_model(lines, ["x"])
    with pytest.raises(ValueError, match=r"all on one side|no period"):
        ch.hazard_model(lines, ["x"], method="logit")


def test_one_row_all_alive_and_one_purchase_each():
    alive = ch.kaplan_meier([3.0], [0])
    assert alive.empty and alive.attrs["median"] == np.inf
    rows = _monthly(["A", "B"], ["2024-01-01", "2024-02-01"])
    found = ch.lapsed(rows, "2024-12-31")
    assert not found["lapsed"].any() and found["p"].isna().all()
