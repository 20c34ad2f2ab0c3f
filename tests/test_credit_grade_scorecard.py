"""WOE, scorecard, measures and cost against hand-worked and published values, properties and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve
from statsmodels.api import Logit, add_constant

from keyacct_utils.lessons.credit_grade import scorecard as sc

NAN, INF = float("nan"), float("inf")


@pytest.fixture(scope="module")
def german(real_data):
    frame = pd.read_csv(real_data / "german_credit" / "german_credit_uci.csv")
    return frame.drop(columns="good_1_bad_0"), 1 - frame["good_1_bad_0"]


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(7)
    x = pd.DataFrame({"a": rng.normal(size=4000), "b": rng.choice(["p", "q", "r"], 4000)})
    line = -2 + 0.9 * x["a"] + x["b"].map({"p": 0.0, "q": 0.6, "r": -0.6})
    return x, pd.Series(rng.random(4000) < 1 / (1 + np.exp(-line))).astype(int)


# ---- WOE and information value ----
def test_woe_by_hand():
    # 10 accounts: in "x" 4 good, 1 bad; in "y" 4 good, 1 bad less one: 2 good, 3 bad.
    x = pd.Series(["x"] * 5 + ["y"] * 5)
    default = pd.Series([0, 0, 0, 0, 1, 0, 0, 1, 1, 1])
    table = sc.woe_table(x, default)
    assert (
        table["n"].tolist() == [5, 5]
        and table["bad"].tolist() == [1, 3]
        and table["bad_rate"].tolist() == [0.2, 0.6]
    )
    assert table["woe"].tolist() == pytest.approx(
        [np.log((4 / 6) / (1 / 4)), np.log((2 / 6) / (3 / 4))]
    )
    assert sc.information_value(x, default) == pytest.approx(
        (4 / 6 - 1 / 4) * np.log(8 / 3) + (2 / 6 - 3 / 4) * np.log(4 / 9)
    )
    other = sc.woe_table(x, default, sign="bad/good")
    assert other["woe"].tolist() == pytest.approx((-table["woe"]).tolist()) and other[
        "iv"
    ].tolist() == pytest.approx(table["iv"].tolist())


def test_german_credit_checking_account(german):
    # The known fact: information value .666, each of the four values of the file a bin, WOE = ln(good / bad).
    x, default = german
    table = sc.woe_table(x["status_account"], default)
    assert round(table["iv"].sum(), 3) == 0.666
    assert table["woe"].round(3).to_dict() == {
        "A11": -0.818,
        "A12": -0.401,
        "A13": 0.405,
        "A14": 1.176,
    }
    assert table["n"].tolist() == [274, 269, 63, 394]


def test_german_credit_iv_depends_on_the_bins(german):
    x, default = german
    values = [sc.information_value(x["amount"], default, bins) for bins in (3, 5, 10, 20, None)]
    assert values == sorted(values) and values[-1] > 10 * values[0]


def test_german_credit_scorecard(german):
    x, default = german
    columns = ["status_account", "duration_months", "credit_history", "savings", "purpose"]
    card = sc.fit_scorecard(x[columns], default)
    score, chance = card.score(x), card.probability(x)
    assert chance.mean() == pytest.approx(
        default.mean(), abs=1e-4
    )  # logistic regression with an intercept
    assert sc.gini_auc(score, default).auc == pytest.approx(roc_auc_score(1 - default, score))
    assert 0.75 < sc.gini_auc(score, default).auc < 0.85
    assert sc.gini_auc(chance, default, high_is_safe=False).auc == pytest.approx(
        sc.gini_auc(score, default).auc
    )


def test_bins_of_a_number():
    x, default = pd.Series([1.0, 2, 3, 4, NAN, 1]), [0, 1, 0, 1, 1, 0]
    table = sc.woe_table(x, default, bins=[2.0])
    assert table.index.tolist() == ["up to 2", "above 2", "missing"] and table["n"].tolist() == [
        3,
        2,
        1,
    ]
    assert sc.woe_table(x, default, bins=None).index.tolist() == [
        "1.0",
        "2.0",
        "3.0",
        "4.0",
        "missing",
    ]
    constant = sc.woe_table(np.ones(4), [0, 1, 0, 1])
    assert constant.index.tolist() == ["all"] and constant["iv"].sum() == 0


def test_an_empty_cell_gets_half_an_account():
    table = sc.woe_table(pd.Series(["x", "x", "y", "y"]), [0, 0, 0, 1])
    assert table.loc["x", "woe"] == pytest.approx(np.log((2.5 / 3) / (0.5 / 1))) and table.loc[
        "y", "woe"
    ] == pytest.approx(np.log((1 / 3) / 1))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=5, max_size=60))
def test_iv_is_never_negative_and_blind_to_names(pairs):
    x, default = (
        pd.Series([f"v{value}" for value, _ in pairs]),
        pd.Series([int(bad) for _, bad in pairs]),
    )
    if default.nunique() < 2:
        return
    assert sc.information_value(x, default) >= 0
    renamed = x.map({f"v{i}": f"w{9 - i}" for i in range(5)})
    assert sc.information_value(renamed, default) == pytest.approx(sc.information_value(x, default))


def test_a_value_that_fills_a_bin_is_a_bin_of_its_own():
    edges = sc.quantile_edges
    assert edges([1, 2, 3, *[10] * 7], 2).tolist() == [3]  # at the top
    assert edges([0] * 90 + list(range(1, 11)), 5).tolist() == [0]  # at the bottom
    # in the middle: nobody below or above shares the bin of the 50 at 5
    middle = edges([5] * 50 + list(range(50)), 4)
    assert {4, 5} <= set(middle)
    assert edges(range(10), 5).tolist() == pytest.approx(
        [1.8, 3.6, 5.4, 7.2]
    )  # nothing of the kind
    assert edges([7] * 9, 5).tolist() == []
    # the known one that others are put into the same bins: 4 is between, and is not taken for a 5
    assert sc.bin_edges([5] * 9, 3, also=[4.0, 5.0, 6.0]).tolist() == [4, 5]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=60), st.integers(2, 8))
def test_no_bin_is_empty_and_atoms_stand_alone(values, bins):
    edges = sc.bin_edges(values, bins)
    place = np.searchsorted(edges, values, side="left")
    assert set(place) == set(range(len(edges) + 1))
    for value in set(values):
        if values.count(value) > 1 and values.count(value) * bins >= len(values):
            own = place[np.array(values) == value][0]
            assert {v for v, k in zip(values, place, strict=True) if k == own} == {value}


def test_a_capped_variable_has_its_information():
    # 700 of 800 payers and 110 of 200 defaulters at the cap: AUC .5 + (.875 - .55) / 2 = .6625
    x = np.repeat([10.0, 4.0, 10.0, 4.0], [700, 100, 110, 90])
    default = np.repeat([0, 0, 1, 1], [700, 100, 110, 90])
    by_hand = (0.875 - 0.55) * np.log(0.875 / 0.55) + (0.125 - 0.45) * np.log(0.125 / 0.45)
    for bins in (2, 3, 5, 10):  # once 0, in one bin
        assert sc.information_value(x, default, bins) == pytest.approx(by_hand)
    assert sc.gini_auc(x, default).auc == pytest.approx(0.6625)


def test_splitting_a_bin_may_lower_the_information_where_half_accounts_come_in():
    # 20 payers, 5 defaulters; 11 payers alone in a bin, then split into 5 and 6
    default = np.repeat([0, 0, 0, 1], [5, 6, 9, 5])
    whole, split = np.repeat([1, 1, 2, 2], [5, 6, 9, 5]), np.repeat([1, 3, 2, 2], [5, 6, 9, 5])
    values = [sc.information_value(x, default, None) for x in (whole, split)]
    assert values == pytest.approx([1.2700, 0.8814], abs=5e-5)
    # without a half account it never does
    default = np.repeat([0, 1, 0, 1, 0, 1], [5, 1, 6, 2, 9, 3])
    whole, split = (
        np.repeat(codes, [5, 1, 6, 2, 9, 3]) for codes in ([1] * 4 + [2] * 2, [1, 1, 3, 3, 2, 2])
    )
    one, two = (sc.information_value(x, default, None) for x in (whole, split))
    assert two > one


# ---- scaling and the card ----
def test_points_scaling_published():
    # Siddiqi 2006: 600 points at 50:1, 20 points to double the odds.
    factor, offset = sc.points_scaling(600, 50, 20)
    assert (round(factor, 4), round(offset, 3)) == (28.8539, 487.123)
    assert offset + factor * np.log(50) == pytest.approx(600) and offset + factor * np.log(
        100
    ) == pytest.approx(620)


def test_card_of_one_binary_variable_is_its_odds():
    # One variable with two bins: the fitted odds are the observed odds, slope 1, intercept the log odds of all.
    x = pd.DataFrame({"v": ["x"] * 50 + ["y"] * 50})
    default = pd.Series([1] * 10 + [0] * 40 + [1] * 25 + [0] * 25)
    card = sc.fit_scorecard(x, default)
    assert card.coefficients["v"] == pytest.approx(1, abs=1e-4)
    factor, offset = sc.points_scaling()
    assert card.points.set_index("bin")["points"].to_dict() == pytest.approx(
        {"x": offset + factor * np.log(4), "y": offset}, abs=1e-3
    )
    assert card.probability(x).iloc[[0, -1]].tolist() == pytest.approx([0.2, 0.5], abs=1e-4)


def test_the_intercept_is_shared_among_the_variables(drawn):
    """With two variables a card that adds the whole intercept twice is off by points."""
    x, default = drawn
    card = sc.fit_scorecard(x, default, bins={"a": 4})
    woe = np.column_stack(
        [
            sc.woe_table(x[name], default, card.bins[name])["woe"]
            .reindex(sc.bins_of(x[name], card.bins[name]))
            .to_numpy()
            for name in x
        ]
    )
    plain = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(woe, default == 0)
    factor, offset = sc.points_scaling()
    assert card.score(x).to_numpy() == pytest.approx(
        offset + factor * plain.decision_function(woe), abs=1e-3
    )
    assert card.probability(x).mean() == pytest.approx(default.mean(), abs=1e-5)
    # the limits of the weights are those of the same regression elsewhere
    limits = sc.coefficient_limits(card, x, default)
    known = Logit(1 - default.to_numpy(), add_constant(woe)).fit(disp=0).conf_int()[1:]
    assert limits[["low", "high"]].to_numpy() == pytest.approx(known, abs=1e-3)
    assert limits["estimate"].tolist() == pytest.approx(plain.coef_[0].tolist(), abs=1e-3)


def test_card_scores_new_accounts_by_its_own_bins(drawn):
    x, default = drawn
    card = sc.fit_scorecard(x, default, bins={"a": 4})
    assert card.score(x.iloc[:10]).tolist() == pytest.approx(card.score(x).iloc[:10].tolist())
    assert card.score(pd.DataFrame({"b": ["p"], "a": [99.0]})).iloc[0] == pytest.approx(
        card.points.query("variable == 'a'")["points"].iloc[-1]
        + card.points.query("bin == 'p'")["points"].iloc[0]
    )
    with pytest.raises(ValueError, match=r"features.b: values unknown to the card: z"):
        card.score(pd.DataFrame({"a": [0.0], "b": ["z"]}))
    with pytest.raises(ValueError, match="features lacks"):
        card.score(x[["a"]])
    with pytest.raises(ValueError, match=r"features.a: values unknown to the card: missing"):
        card.score(pd.DataFrame({"a": [NAN], "b": ["p"]}))


# ---- measures ----
def test_auc_and_ks_by_hand():
    # Scores of defaulters 1, 3; of payers 2, 3, 4: pairs won by the payer 3 + (0 + .5 + 1) of 6.
    score, default = [1, 3, 2, 3, 4], [1, 1, 0, 0, 0]
    found = sc.gini_auc(score, default)
    assert found.auc == pytest.approx(4.5 / 6) and found.gini == pytest.approx(0.5)
    # Below or at 1: 1/2 of defaulters, 0 of payers; at 2: 1/2 and 1/3; at 3: all and 2/3.
    assert sc.ks_statistic(score, default) == pytest.approx(0.5)
    assert sc.ks_statistic([-s for s in score], default) == pytest.approx(0.5)


def test_perfect_flat_and_reversed():
    default = [1, 1, 0, 0, 0]
    assert (
        sc.gini_auc([1, 2, 3, 4, 5], default).auc == 1
        and sc.gini_auc([5, 4, 3, 2, 1], default).auc == 0
    )
    assert (
        sc.ks_statistic([1, 2, 3, 4, 5], default) == 1 == sc.ks_statistic([5, 4, 3, 2, 1], default)
    )
    assert sc.gini_auc([1] * 5, default)[:2] == (0.5, 0) and sc.ks_statistic([1] * 5, default) == 0
    single = sc.gini_auc([1, 2, 3], [1, 0, 0])
    assert (single.low, single.high) == (0, 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=4, max_size=80))
def test_auc_and_ks_agree_with_scikit_learn(pairs):
    score, default = (
        np.array([s for s, _ in pairs], dtype=float),
        np.array([int(bad) for _, bad in pairs]),
    )
    if len(set(default)) < 2:
        return
    found = sc.gini_auc(score, default)
    assert found.auc == pytest.approx(roc_auc_score(1 - default, score))
    fpr, tpr, _ = roc_curve(1 - default, score, drop_intermediate=False)
    assert sc.ks_statistic(score, default) == pytest.approx(np.abs(tpr - fpr).max())
    assert found.low <= found.auc <= found.high
    assert sc.gini_auc(-score, default).auc == pytest.approx(1 - found.auc)


def test_auc_interval_by_hand():
    # Placements of the defaulters .0, .5 (var .125), of the payers .5, .75, 1 (var .0625): variance
    # .0625 + .0208, freedom (.0833)^2 / (.0625^2 / 1 + .0208^2 / 2), on the scale of ln(.75 / .25).
    found = sc.gini_auc([1, 3, 2, 3, 4], [1, 1, 0, 0, 0])
    variance = 0.125 / 2 + 0.0625 / 3
    free = variance**2 / (0.0625**2 / 1 + (0.0625 / 3) ** 2 / 2)
    reach = stats.t.ppf(0.975, free) * np.sqrt(variance) / (0.75 * 0.25)
    assert found.low == pytest.approx(1 / (1 + np.exp(reach) / 3))
    assert found.high == pytest.approx(1 / (1 + np.exp(-reach) / 3))


def test_an_auc_whose_pairs_all_fell_out_alike_is_no_point():
    # Newcombe 2006, method 5: |1 - t| = 1.96 sqrt(V(t)) with two defaulters and three payers
    found = sc.gini_auc([1, 2, 3, 4, 5], [1, 1, 0, 0, 0])
    half, low = 1.5, found.low
    spread = low * (1 - low) / 6 * (1 + half * (1 - low) / (2 - low) + half * low / (1 + low))
    assert 1 - low == pytest.approx(1.959964 * np.sqrt(spread), abs=1e-6) and found.high == 1
    turned = sc.gini_auc([5, 4, 3, 2, 1], [1, 1, 0, 0, 0])
    assert (turned.low, turned.high) == (0, pytest.approx(1 - low, abs=1e-6))
    # and with more accounts it says more: once 1 to 1 with five accounts and with 600
    assert 0.4 < low < 0.5 and 0.97 < sc.gini_auc(range(600), np.arange(600) < 46).low < 0.99


@pytest.mark.parametrize(
    ("bad", "n", "area", "least"),
    [(46, 600, 0.72, 0.93), (46, 600, 0.9, 0.915), (9, 120, 0.72, 0.93), (9, 120, 0.97, 0.9)],
)
def test_auc_interval_covers_at_the_size_of_the_book(bad, n, area, least):
    # 500 books: measured .957, .942, .954, .926 over 2,000; the plain interval .88 and .75 at .97
    rng, default, hit, plain = np.random.default_rng(3), np.arange(n) < bad, 0, 0
    shift = np.sqrt(2) * stats.norm.ppf(area)
    for _ in range(500):
        found = sc.gini_auc(rng.normal(np.where(default, -shift, 0)), default)
        hit += found.low <= area <= found.high
        if 0 < found.auc < 1:
            wide = np.log(found.high / (1 - found.high)) - np.log(found.low / (1 - found.low))
            plain += abs(found.auc - area) <= wide / 2 * found.auc * (1 - found.auc)
    assert least <= hit / 500 <= 0.985
    if area == 0.97:
        assert plain / 500 < 0.88


def test_ks_interval_covers_and_quantiles_of_resamples_do_not():
    rng, default = np.random.default_rng(5), np.arange(600) < 46
    shift = np.sqrt(2) * stats.norm.ppf(0.6)
    true, hit, naive = 2 * stats.norm.cdf(shift / 2) - 1, 0, 0
    for _ in range(80):
        score = rng.normal(np.where(default, -shift, 0))
        found = sc.ks_interval(score, default, draws=100)
        assert found.low <= found.estimate <= found.high
        hit += found.low <= true <= found.high
        both = [
            [rng.choice(part, len(part)) for part in (score[:46], score[46:])] for _ in range(40)
        ]
        drawn = [sc.ks_statistic(np.concatenate(parts), default) for parts in both]
        naive += np.quantile(drawn, 0.025) <= true <= np.quantile(drawn, 0.975)
    assert hit / 80 >= 0.9 and naive / 80 < 0.8


def test_ks_interval_is_about_the_ks():
    default = np.arange(40) < 15
    score = np.arange(40) % 13
    found = sc.ks_interval(score, default, draws=50)
    assert found.estimate == pytest.approx(sc.ks_statistic(score, default))
    with pytest.raises(ValueError, match="draws must be at least 1"):
        sc.ks_interval(score, default, draws=0)


def test_resampled_auc_agrees_with_each_resample():
    # The plain loop: the same accounts drawn, then the AUC of each score with its sorts.
    rng = np.random.default_rng(3)
    bad = np.arange(60) % 4 == 0
    scores = np.column_stack([rng.integers(0, 8, 60) - 2 * bad, rng.normal(size=60)]).astype(float)
    found = sc.resampled_auc(scores, bad, draws=20, random_state=5)
    drawn, groups = np.random.default_rng(5), (np.flatnonzero(~bad), np.flatnonzero(bad))
    for row in found:
        rows = np.concatenate([drawn.choice(group, len(group)) for group in groups])
        assert row.tolist() == pytest.approx(
            [sc.gini_auc(scores[rows, k], bad[rows]).auc for k in (0, 1)], abs=1e-12
        )
    # A score that rises with the other, value by value, has the same AUC in every draw.
    twice = sc.resampled_auc(np.column_stack([scores[:, 0], scores[:, 0] ** 3]), bad, draws=20)
    assert (twice[:, 0] == twice[:, 1]).all()


def test_stability():
    # Two bins: 50/50 to 70/30: .2 ln 1.4 - .2 ln .6 = .16946.
    before, after = np.repeat([1.0, 2.0], [50, 50]), np.repeat([1.0, 2.0], [70, 30])
    assert sc.population_stability(before, after, [1.0]) == pytest.approx(
        0.2 * np.log(0.7 / 0.5) - 0.2 * np.log(0.3 / 0.5)
    )
    assert sc.population_stability(before, before) == 0
    table = sc.stability_table(before, np.ones(10), [1.0])
    assert table["actual"].tolist() == [1.0, 1e-4] and table["upto"].tolist() == [1.0, INF]


def test_stability_sees_a_capped_score_move():
    # 95 of 100 at the cap, then 50: .45 ln .5/.05 less .45 ln .5/.95 = 1.325; once 0, in one bin
    before, after = [100] * 95 + [60, 70, 80, 85, 90], [100] * 50 + [60, 70] * 25
    by_hand = 0.45 * np.log(0.5 / 0.05) - 0.45 * np.log(0.5 / 0.95)
    assert by_hand == pytest.approx(1.325, abs=5e-4)
    for bins in (2, 5, 10):
        assert sc.population_stability(before, after, bins) == pytest.approx(by_hand)
    # all at the cap at first: those who left it stand in a bin that was empty, .0001
    gone = (0.5 - 1e-4) * np.log(0.5 / 1e-4) - 0.5 * np.log(0.5)
    assert sc.population_stability([100] * 95, after, 5) == pytest.approx(gone)


def test_stability_from_counts():
    table = sc.stability_of_counts([50, 50], [70, 30])
    assert table["psi"].sum() == pytest.approx(0.2 * np.log(1.4) - 0.2 * np.log(0.6))


def test_calibration():
    table = sc.calibration_table([0.3, 0.1, 0.2, 0.1, 0.6, 0.4], [0, 0, 1, 0, 1, 1], bins=2)
    assert table["n"].tolist() == [3, 3] and table["observed"].tolist() == pytest.approx(
        [1 / 3, 2 / 3]
    )
    assert table["predicted"].tolist() == pytest.approx([0.4 / 3, 1.3 / 3])
    flat = sc.calibration_table([0.1] * 10, [1] + [0] * 9)
    assert flat[["n", "predicted", "observed"]].to_numpy().tolist() == [
        pytest.approx([10, 0.1, 0.1])
    ]
    assert flat.loc[0, "low"] == pytest.approx(0.0179, abs=1e-3) and flat.loc[
        0, "high"
    ] == pytest.approx(0.4042, abs=1e-3)  # Wilson 1/10


def test_expected_loss_published():
    # Basel II paragraph 375, METHODS part 5.
    assert sc.expected_loss(0.01, 0.45, 1_000_000) == pytest.approx(4500)
    assert sc.expected_loss(
        [0.01, 0.05], [0.45, 0.60], [1_000_000, 200_000]
    ).tolist() == pytest.approx([4500, 6000])


# ---- cost ----
def test_cost_by_hand():
    # Scores 1 (bad), 2 (good), 3 (bad), 4 (good); a default costs 5, a refusal 1.
    curve = sc.cost_curve([1, 2, 3, 4], [1, 0, 1, 0], missed=5, refused=1)
    assert curve["cutoff"].tolist() == [1, 2, 3, 4, INF]
    assert curve["cost"].tolist() == [10, 5, 6, 1, 2]
    best = sc.best_cutoff(curve)
    assert (best["cutoff"], best["treated"], best["caught"], best["refused"], best["missed"]) == (
        4,
        3,
        2,
        1,
        0,
    )


def test_cost_with_own_amounts_and_ties():
    curve = sc.cost_curve([1, 1, 2], [1, 0, 1], missed=[100, 0, 10], refused=[0, 7, 0])
    assert curve["cutoff"].tolist() == [1, 2, INF] and curve["cost"].tolist() == [110, 17, 7]
    assert (
        sc.best_cutoff(sc.cost_curve([1, 2], [1, 0], missed=0, refused=0))["treated"] == 0
    )  # a tie treats the fewest


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=3, max_size=40),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_cost_counts_add_up(pairs, missed, refused):
    score, default = [s for s, _ in pairs], [int(bad) for _, bad in pairs]
    if len(set(default)) < 2:
        return
    curve = sc.cost_curve(score, default, missed=missed, refused=refused)
    assert (curve["caught"] + curve["missed"] == sum(default)).all() and (
        curve["caught"] + curve["refused"] == curve["treated"]
    ).all()
    assert curve["cost"].iloc[0] == pytest.approx(missed * sum(default))
    assert curve["cost"].iloc[-1] == pytest.approx(refused * (len(default) - sum(default)))
    for row in curve.itertuples():
        by_hand = sum(
            missed if bad and s >= row.cutoff else refused if not bad and s < row.cutoff else 0
            for s, bad in zip(score, default, strict=True)
        )
        assert row.cost == pytest.approx(by_hand)


# ---- bad input ----
ONE_CLASS = "expected some of both"


@pytest.mark.parametrize(
    "measure",
    [sc.ks_statistic, sc.gini_auc, sc.woe_table, sc.information_value, sc.calibration_table],
)
@pytest.mark.parametrize(
    ("x", "default", "message"),
    [
        ([], [], "default: 0 of 0|no finite numbers"), ([0.5], [1], ONE_CLASS), ([0.1, 0.2], [0, 0], ONE_CLASS), ([0.1, 0.2], [1, 1], ONE_CLASS),
        ([0.1, 0.2], [0, 2], "expected 0 .paid. or 1"), ([0.1, 0.2], [0, NAN], "expected 0 .paid. or 1"),
        ([0.1, 0.2, 0.3], [0, 1], "holds 2 values for 3"), ([0.1, INF], [0, 1], "no finite numbers|infinite"),
        (pd.Series([0.1, 0.2], index=["a", "b"]), pd.Series([0, 1], index=["b", "a"]), "another index"),
    ],
)  # fmt: skip
def test_bad_scores(measure, x, default, message):
    with pytest.raises(ValueError, match=message):
        measure(x, default)


@pytest.mark.parametrize("measure", [sc.ks_statistic, sc.gini_auc])
def test_missing_scores(measure):
    with pytest.raises(ValueError, match=r"score: 1 of 2 are no finite numbers \(rows 1\)"):
        measure([1.0, NAN], [0, 1])


@pytest.mark.parametrize("bins", [1, [2.0, 1.0], [1.0, 1.0], [NAN], [INF]])
def test_bad_bins(bins):
    with pytest.raises(ValueError, match="bins is"):
        sc.woe_table([1.0, 2.0], [0, 1], bins)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sc.woe_table(["a", "b"], [0, 1], sign="up"), "sign is 'up'"),
        (lambda: sc.points_scaling(600, 0, 20), "odds 0"),
        (lambda: sc.points_scaling(600, 50, -1), "double -1"),
        (lambda: sc.points_scaling(NAN), "points nan"),
        (lambda: sc.expected_loss(1.5, 0.5, 1), "probability: 1 value.*divide percent by 100"),
        (lambda: sc.expected_loss(0.5, NAN, 1), "lgd: 1 value"),
        (lambda: sc.expected_loss(0.5, 0.5, -1), "exposure: 1 value.*0 or more"),
        (lambda: sc.calibration_table([0.1, 20.0], [0, 1]), "probability: 1 value.*divide percent"),
        (lambda: sc.cost_curve([1, 2], [0, 1], missed=-1, refused=1), "missed: 1 value"),
        (lambda: sc.cost_curve([1, 2], [0, 1], missed=1, refused=[1, 2, 3]), "refused: 3 value"),
        (lambda: sc.cost_curve([1, 2], [0, 1], missed=NAN, refused=1), "missed: 1 of 1 are no finite"),
        (lambda: sc.resampled_auc(np.array([[1.0], [NAN]]), [0, 1], draws=5), "scores: 1 of 2 are no finite"),
        (lambda: sc.resampled_auc(np.array([[1.0], [2.0]]), [0, 0], draws=5), ONE_CLASS),
        (lambda: sc.resampled_auc(np.array([[1.0], [2.0]]), [0, 1], draws=0), "draws must be at least 1"),
        (lambda: sc.best_cutoff(pd.DataFrame({"cutoff": [], "treated": [], "cost": []})), "0 rows"),
        (lambda: sc.best_cutoff(pd.DataFrame({"cost": [1]})), "curve lacks"),
        (lambda: sc.population_stability([], [1.0]), "expected: 0 of 0"),
        (lambda: sc.population_stability([1.0, 2.0], [NAN]), "actual: 1 of 1"),
        (lambda: sc.fit_scorecard(pd.DataFrame({"a": []}), []), "features has 0 rows"),
        (lambda: sc.fit_scorecard(pd.DataFrame(index=[0, 1]), [0, 1]), "0 columns"),
        (lambda: sc.fit_scorecard(pd.DataFrame({"a": [1.0, 2.0]}), [0, 0]), ONE_CLASS),
        (lambda: sc.fit_scorecard(pd.DataFrame({"a": [1.0, 1.0]}), [0, 1]), "features.a has one bin"),
        (lambda: sc.fit_scorecard(pd.DataFrame({"a": ["x", "x", "y", "y"]}), [0, 0, 1, 1]), "separate the 2 defaults perfectly"),
        (lambda: sc.fit_scorecard(pd.DataFrame({"a": ["x", "x", "y", "y"]}), [0, 0, 0, 1]), "separate the 1 defaults perfectly"),
    ],
)  # fmt: skip
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
