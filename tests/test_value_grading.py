"""Value grading: published and hand-worked numbers, invariants, planted truth, and every bad input."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from keyacct_utils import truth
from keyacct_utils.lessons.value_grading import figures as plots
from keyacct_utils.lessons.value_grading.grades import (
    axis_scores,
    cluster_accounts,
    corner_names,
    fiocca,
    gap_statistic,
    grade_matrix,
    group_numbers,
    mcdonald_woodburn,
    next_key_accounts,
    paint_bcg,
    rank_stability,
    stability_by_noise,
    topsis,
)
from keyacct_utils.truth import value_grading as planted
from keyacct_utils.world import build, build_core, stream
from keyacct_utils.world import value_grading as generator

NAN, INF = float("nan"), float("inf")
# Hwang & Yoon (1981): four fighter aircraft, six criteria; low, average, high, very high as 3, 5, 7, 9.
AIRCRAFT = pd.DataFrame(
    [
        [2.0, 1500, 20000, 5.5, 5, 9],
        [2.5, 2700, 18000, 6.5, 3, 5],
        [1.8, 2000, 21000, 4.5, 7, 7],
        [2.2, 1800, 20000, 5.0, 5, 5],
    ],
    index=["A1", "A2", "A3", "A4"],
    columns=["speed", "range", "payload", "cost", "reliability", "manoeuvre"],
)
AIRCRAFT_WEIGHTS = dict(zip(AIRCRAFT, [0.2, 0.1, 0.1, 0.1, 0.2, 0.3], strict=True))


def frame(**columns):
    size = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"A{i}" for i in range(1, size + 1)])


def amounts(n, columns=3, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        rng.lognormal(size=(n, columns)),
        columns=list("abcdefgh")[:columns],
        index=[f"A{i:04d}" for i in range(n)],
    )


GOOD = amounts(8)
tables = st.integers(2, 12).flatmap(
    lambda n: st.lists(
        st.lists(st.integers(-50, 50), min_size=3, max_size=3), min_size=n, max_size=n
    ).map(
        lambda rows: pd.DataFrame(
            rows, columns=["a", "b", "c"], index=[f"A{i}" for i in range(len(rows))], dtype=float
        )
    )
)


# --- TOPSIS


def test_topsis_of_the_published_example():
    closeness = topsis(AIRCRAFT, AIRCRAFT_WEIGHTS, {"cost": False})
    assert closeness.round(3).to_dict() == {
        "A1": 0.643,
        "A2": 0.268,
        "A3": 0.614,
        "A4": 0.312,
    }  # printed .643 .268 .613 .312


def test_topsis_by_hand():
    # lengths 5 and 5: r = (.6, 1), (.8, 0); v = half of it; best (.4, .5), worst (.3, 0)
    # A1: d+ = .1, d- = .5 -> .5/.6; A2: d+ = .5, d- = .1 -> .1/.6
    closeness = topsis(frame(x=[3, 4], y=[5, 0]), ["x", "y"])
    assert closeness.tolist() == pytest.approx([5 / 6, 1 / 6], abs=1e-12)


def test_topsis_of_equal_accounts_zero_columns_and_gaps():
    assert topsis(frame(x=[2, 2], y=[0, 0]), ["x", "y"]).tolist() == [0.5, 0.5]
    assert topsis(frame(x=[7.0]), ["x"]).tolist() == [0.5]
    found = topsis(frame(x=[1, 2, NAN]), ["x"])
    assert found.tolist()[:2] == [0.0, 1.0] and math.isnan(found.iloc[2])
    assert topsis(frame(x=[NAN]), ["x"]).isna().all()
    assert topsis(frame(x=[1e300, 2e300]), ["x"]).tolist() == [0.0, 1.0]


@given(tables, st.floats(0.1, 1000))
@settings(max_examples=60, deadline=None)
def test_topsis_ignores_units_and_order_and_keeps_to_its_range(table, factor):
    weights = {"a": 1, "b": 2, "c": 0.5}
    found = topsis(table, weights, {"b": False})
    assert found.between(0, 1).all()
    pd.testing.assert_series_equal(
        topsis(table.assign(a=table["a"] * factor), weights, {"b": False}), found, atol=1e-6, rtol=0
    )
    pd.testing.assert_series_equal(
        topsis(table.iloc[::-1], weights, {"b": False}).iloc[::-1], found, atol=1e-9, rtol=0
    )


# --- axes and matrices


def test_axis_scores_by_hand():
    table = frame(sales=[1, 2, 3], cost=[30, 10, 20], rank=[1, 2, 3])
    z = math.sqrt(1.5)  # standard scores of 1, 2, 3 with the population sd
    found = axis_scores(
        table,
        {"current": {"sales": 3, "cost": 1}, "potential": ["rank"]},
        {"cost": False, "rank": False},
        "z",
    )
    assert found["current"].tolist() == pytest.approx([-z, 0.25 * z, 0.75 * z])
    assert found["potential"].tolist() == pytest.approx([z, 0, -z])


def test_ranks_keep_one_giant_from_setting_the_scale():
    table = frame(sales=[1, 2, 3, 1e9])
    ranked, plain = (
        axis_scores(table, {"now": ["sales"]}, scale=scale)["now"] for scale in ("rank", "z")
    )
    assert ranked.is_monotonic_increasing and ranked.iloc[2] > 0.2 > -0.5 > plain.iloc[2]
    pd.testing.assert_series_equal(axis_scores(np.log(table), {"now": ["sales"]})["now"], ranked)


def test_missing_and_constant_criteria():
    table = frame(a=[1.0, 2.0, NAN], b=[5.0, 5.0, 5.0], c=[NAN, NAN, NAN])
    found = axis_scores(table, {"x": ["a"], "y": ["a", "b"], "z": ["c"]})
    assert (
        found["x"].isna().tolist() == [False, False, True]
        and found["y"].iloc[2] == 0
        and found["z"].isna().all()
    )
    assert axis_scores(table, {"y": ["a", "b"]}, missing="unknown")["y"].isna().tolist() == [
        False,
        False,
        True,
    ]
    assert axis_scores(frame(a=[3.0]), {"x": ["a"]})["x"].tolist() == [0.0]


def test_grade_matrix_at_the_cut_and_without_a_score():
    scores = frame(current=[0.0, 1.0, 0.99, NAN], potential=[2.0, -1.0, 2.0, 5.0])
    found = grade_matrix(scores, {"current": 1, "potential": 2})
    assert found["cell"].tolist() == ["low/high", "high/low", "low/high", "unknown"]
    assert found["current"].tolist() == ["low", "high", "low", "unknown"]


def test_grade_matrix_by_share():
    scores = frame(x=[1, 2, 3, 4, 5, 5, 7, 8, 9, 10])
    assert (grade_matrix(scores, top=0.3)["x"] == "high").sum() == 3
    assert (
        grade_matrix(scores, top=0.5)["x"] == "high"
    ).sum() == 6  # the two 5s share the better level
    three = grade_matrix(scores, top=0.3, levels=("low", "medium", "high"))["x"]
    assert three.tolist() == ["low"] * 3 + ["medium"] * 4 + ["high"] * 3
    assert grade_matrix(scores.iloc[:1], top=0.3)["cell"].tolist() == ["high"]


def test_three_axes_make_eight_cells():
    corners = pd.DataFrame(
        [[i & 1, i >> 1 & 1, i >> 2] for i in range(8)], columns=["current", "potential", "social"]
    )
    assert grade_matrix(corners, dict.fromkeys(corners, 1))["cell"].nunique() == 8


# S003-8b by hand: current, future, profit, harm -> class if either flag makes a wildcat, and if both must.
PAINT = [
    (9, 1, 5, 0, "cow", "cow"), (9, 9, 5, 0, "star", "star"), (1, 9, 5, 0, "star", "star"), (1, 1, 5, 0, "dog", "dog"),
    (9, 9, -1, 0, "wildcat", "star"), (1, 1, 5, 1, "wildcat", "dog"), (9, 1, -1, 1, "wildcat", "wildcat"),
    (9, 1, 0, 0, "cow", "cow"), (9, 1, NAN, 0, "unknown", "cow"), (9, 1, NAN, 1, "wildcat", "unknown"),
    (NAN, 1, 5, 0, "unknown", "unknown"), (NAN, 9, 5, 0, "star", "star"), (NAN, NAN, -1, 0, "wildcat", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("reading", "column"), [("any", 4), ("all", 5)])
def test_paint(reading, column):
    accounts = pd.DataFrame(
        [row[:4] for row in PAINT], columns=["current", "future", "profit", "brand_harm"]
    )
    found = paint_bcg(accounts, {"current": 5, "future": 5}, wildcat=reading)
    assert found.astype(str).tolist() == [row[column] for row in PAINT]
    assert found.index.equals(accounts.index)


def test_paint_without_flags_knows_no_wildcat():
    accounts = frame(current=[9, 1], future=[1, 1], profit=[-1, -1])
    cuts = {"current": 5, "future": 5}
    assert paint_bcg(accounts, cuts, flags=()).astype(str).tolist() == ["cow", "dog"]
    assert paint_bcg(accounts, cuts, flags=["profit"]).astype(str).tolist() == [
        "wildcat",
        "wildcat",
    ]


def test_mcdonald_woodburn_and_fiocca():
    accounts = frame(attractiveness=[9, 9, 1, 1, NAN], relative_strength=[9, 1, 9, 1, 9])
    assert mcdonald_woodburn(accounts, dict.fromkeys(accounts, 5)).tolist() == [
        "strategic",
        "star",
        "status",
        "streamline",
        "unknown",
    ]
    accounts = frame(
        importance=[9, 9, 1, 1, NAN],
        difficulty=[9, 1, 9, 1, 1],
        attractiveness=[1, 5, 9, 9, 9],
        relationship=[9, 5, 1, 1, 1],
    )
    cuts = {"importance": 5, "difficulty": 5, "attractiveness": [4, 6], "relationship": [4, 6]}
    found = fiocca(accounts, cuts)
    assert found["step1"].tolist() == [
        "key difficult",
        "key easy",
        "other difficult",
        "other easy",
        "unknown",
    ]
    assert found["step2"].tolist() == ["low/high", "medium/medium", "-", "-", "-"]


@given(tables, st.floats(0.05, 1))
@settings(max_examples=60, deadline=None)
def test_matrices_hang_on_the_order_of_the_scores_only(table, top):
    found, moved = grade_matrix(table, top=top), grade_matrix(table**3 + 5, top=top)
    pd.testing.assert_frame_equal(found, moved)
    assert ((found[["a", "b", "c"]] == "high").sum() >= math.ceil(round(top * len(table), 9))).all()


# --- weights


def test_rank_stability_by_hand():
    # x and y rank the accounts in opposite order: the first is A exactly when x weighs more than y. With equal weights and
    # certainty 2 the share of x is uniform, so each of the two ends is A half of the time and the middle one never.
    found = rank_stability(
        frame(x=[3, 2, 1], y=[1, 2, 3]),
        {"x": 1, "y": 1},
        shares={"A": 1 / 3, "B": 1},
        certainty=2,
        draws=4000,
    )
    assert found.loc["A1", "A"] == pytest.approx(0.5, abs=0.03) and found.loc["A2", "A"] == 0
    assert found["score"].tolist() == pytest.approx([0, 0, 0], abs=1e-12) and found[
        "grade"
    ].tolist() == ["A", "A", "A"]


def test_a_grade_is_firm_where_all_criteria_agree_and_loose_where_they_do_not():
    found = rank_stability(
        frame(x=[9, 8, 1, 0], y=[9, 1, 8, 0]),
        {"x": 0.6, "y": 0.4},
        shares={"A": 0.25, "B": 0.5, "C": 1},
        certainty=5,
    )
    assert found["grade"].tolist() == ["A", "B", "C", "C"] and found.loc[
        ["A1", "A4"], "kept"
    ].tolist() == [1, 1]
    assert 0.5 < found.loc["A2", "kept"] < 0.9
    surer = rank_stability(
        frame(x=[9, 8, 1, 0], y=[9, 1, 8, 0]),
        {"x": 0.6, "y": 0.4},
        shares={"A": 0.25, "B": 0.5, "C": 1},
        certainty=500,
    )
    assert surer.loc["A2", "kept"] > 0.99


def test_weights_of_zero_stay_zero_and_gaps_are_unknown():
    found = rank_stability(
        frame(x=[1, 2, NAN], y=[5, 1, 1]), {"x": 1, "y": 0}, shares={"A": 0.5, "B": 1}, certainty=1
    )
    assert (
        found["grade"].tolist() == ["B", "A", "unknown"]
        and found["kept"].tolist()[:2] == [1, 1]
        and math.isnan(found["kept"].iloc[2])
    )
    assert (rank_stability(frame(x=[NAN]), ["x"])["grade"] == "unknown").all()
    assert rank_stability(frame(x=[4.0]), ["x"])["grade"].tolist() == ["A"]


@given(tables)
@settings(max_examples=25, deadline=None)
def test_shares_of_the_draws_sum_to_one_and_twins_share_their_fate(table):
    doubled = pd.concat([table, table.rename(index=lambda name: f"{name}b")])
    found = rank_stability(doubled, ["a", "b", "c"], {"c": False}, draws=30, random_state=3)
    assert np.allclose(found[["A", "B", "C"]].sum(axis=1), 1)
    first, second = found.iloc[: len(table)], found.iloc[len(table) :]
    assert (first["kept"].to_numpy() == second["kept"].to_numpy()).all()


# --- clusters


def test_the_adjusted_rand_index_is_the_published_one():
    # Hubert & Arabie (1985), formula 5, on the table 1 1 0 / 1 2 1 / 0 0 4: sum of pairs 7, rows 13, columns 14, of 45
    first = [0] * 2 + [1] * 4 + [2] * 4
    second = [0, 1, 0, 1, 1, 2, 2, 2, 2, 2]
    expected = (7 - 13 * 14 / 45) / ((13 + 14) / 2 - 13 * 14 / 45)
    assert (
        adjusted_rand_score(first, second) == pytest.approx(expected)
        and round(expected, 3) == 0.313
    )
    assert planted.rand_index(
        dict(enumerate(map(str, first))), dict(enumerate(second))
    ) == pytest.approx(expected)


def test_gap_by_hand():
    # 0, 1, 10, 11: W_1 = 5.5^2 * 2 + 4.5^2 * 2 = 101, W_2 = 4 * 0.25 = 1
    found = gap_statistic(frame(x=[0, 1, 10, 11]), [1, 2], references=5)
    assert (
        np.exp(found["log_w"]).tolist() == pytest.approx([101, 1])
        and found["gap"].diff().iloc[1] > 1
        and not found["chosen"].any()
    )


def test_the_error_of_a_gap_is_that_of_one_more_reference():
    """Two points of a uniform box, one group: W = d^2 / 2, and ln d has the variance 7/2 - 9/4 =
    5/4, so ln W has 5. Of two references the mean square about their mean is 5/2 on average, and
    se^2 three halves of that, 15/4 (without the root of 1 + 1/2 it would be 5/2)."""
    points = frame(x=[0.0, 1.0])
    found = [gap_statistic(points, [1], 2, seed)["se"].iloc[0] for seed in range(200)]
    assert np.mean(np.square(found)) == pytest.approx(15 / 4, rel=0.18)


@pytest.mark.parametrize("seed", range(3))
def test_gap_on_the_simulations_of_its_paper(seed):
    # Tibshirani, Walther & Hastie (2001), section 5: no groups (200 points uniform on the unit cube in 10 dimensions), and three
    # normal groups of 25, 25 and 50 points around (0, 0), (0, 5) and (5, -3). One and three are what the paper's simulations find.
    rng = np.random.default_rng(seed)
    none = gap_statistic(pd.DataFrame(rng.uniform(size=(200, 10))), range(1, 5), references=10)
    assert none.index[none["chosen"]].tolist() == [1]
    centres = np.repeat([[0, 0], [0, 5], [5, -3]], [25, 25, 50], axis=0)
    three = gap_statistic(pd.DataFrame(centres + rng.normal(size=(100, 2))), range(1, 7))
    assert three.index[three["chosen"]].tolist() == [3]


def corners(noise=0.3, n=40, seed=0):
    rng = np.random.default_rng(seed)
    middle = np.repeat([[1, 1], [1, -1], [-1, 1], [-1, -1]], n, axis=0)
    return pd.DataFrame(
        middle + noise * rng.normal(size=middle.shape),
        columns=["x", "y"],
        index=[f"A{i}" for i in range(4 * n)],
    )


def test_the_number_of_groups_in_a_large_book_is_chosen_on_a_sample(monkeypatch):
    """The silhouette compares every pair: 300,000 accounts would take hours."""
    table = corners(n=50)
    whole = group_numbers(table.sample(80, random_state=0), references=2)
    monkeypatch.setattr("keyacct_utils.lessons.value_grading.account_clusters.SUBSAMPLE", 80)
    pd.testing.assert_frame_equal(group_numbers(table, references=2), whole)
    assert whole.index[whole["by_silhouette"]].tolist() == [4]


def test_clusters_are_found_named_and_stable():
    table = corners()
    found = cluster_accounts(table, scale="none")
    assert (
        found.criteria.index[found.criteria["by_silhouette"]].tolist() == [4]
        and found.stability.mean() > 0.95
    )
    assert adjusted_rand_score(np.repeat(range(4), 40), found.labels) > 0.95
    assert found.criteria.index[found.criteria["by_bic"]].tolist() == [4]
    assert found.criteria["bic"].idxmin() == 4 and found.criteria["bic"].idxmax() != 4
    names = corner_names(found.centres[["x", "y"]])
    assert names[found.labels["A0"]] == "key today" and names[found.labels["A50"]] == "key tomorrow"
    assert (
        names[found.labels["A90"]] == "harvest"
        and names[found.labels["A150"]] == "maintain"
        and found.labels["A0"] == 1
    )
    assert found.centres["accounts"].sum() == 160 and found.centres.loc[1, "x"] == pytest.approx(
        table["x"][found.labels == 1].mean()
    )


def test_stability_draws_the_accounts_anew():
    """In one cloud each draw cuts elsewhere; without drawing, the same accounts give the same groups each time."""
    cloud = pd.DataFrame(np.random.default_rng(3).normal(size=(80, 2)))
    found = cluster_accounts(cloud, k=4, scale="none", draws=12).stability
    assert found.max() < 0.999 and found.std() > 0.02 and found.mean() < 0.9


def test_the_same_seed_gives_the_same_groups_and_the_order_of_accounts_does_not_matter():
    table = corners()
    first, second = (cluster_accounts(table, k=4, draws=5) for _ in range(2))
    assert first.labels.equals(second.labels) and first.stability.equals(second.stability)
    shuffled = cluster_accounts(table.sample(frac=1, random_state=1), k=4, draws=0)
    assert shuffled.labels.reindex(table.index).equals(first.labels) and shuffled.stability.empty


def test_wrong_scaling_lets_one_column_rule():
    table = corners().assign(y=lambda frame: frame["y"] * 1000)
    truth = np.repeat(range(4), 40)
    by_y, fair = (
        cluster_accounts(table, k=4, scale=scale, draws=0).labels for scale in ("none", "z")
    )
    assert adjusted_rand_score(truth, by_y) < 0.6 < 0.95 < adjusted_rand_score(truth, fair)
    assert (
        adjusted_rand_score(truth, cluster_accounts(table, k=4, scale="rank", draws=0).labels)
        > 0.85
    )


def test_noise_makes_groups_collapse():
    found = stability_by_noise(
        pd.DataFrame([[1, 1], [1, -1], [-1, 1], [-1, -1]]),
        [0.08, 0.14, 0.1, 0.68],
        [0.35, 0.55],
        draws=15,
    )
    # planted: .988 +- .009 at a noise of .35, about .73 at .55
    assert found.loc[0.35, "ari"] == pytest.approx(0.988, abs=0.01) and found.loc[
        0.55, "ari"
    ] == pytest.approx(0.73, abs=0.06)
    assert (found["nearest"] >= found["ari"] - 0.01).all() and (found["low"] <= found["high"]).all()


def test_a_subsample_finds_the_groups_of_all():
    table = corners(n=200)
    whole, part = (
        cluster_accounts(table, k=4, draws=0, subsample=size).labels for size in (10_000, 100)
    )
    assert adjusted_rand_score(whole, part) > 0.95 and part.notna().all()


def test_accounts_without_a_value_get_no_group():
    table = corners()
    table.loc["A3", "x"] = NAN
    found = cluster_accounts(table, k=4, draws=0)
    assert (
        found.labels.index.equals(table.index)
        and found.labels.isna().sum() == 1
        and pd.isna(found.labels["A3"])
    )


# --- next key accounts


def test_next_key_accounts_by_hand():
    accounts = frame(growth=[5, 4, 3, 2, 1, 9], rank=[1, 2, 3, 4, 5, 1])
    pool = pd.Series([1, 1, 1, 1, 1, 0], index=accounts.index)
    outcome = pd.Series([True, False, True, False, False, False], index=accounts.index)
    ranking, rate = next_key_accounts(
        accounts, ["growth", "rank"], {"rank": False}, pool, outcome, top=2
    )
    assert ranking.index.tolist() == ["A1", "A2", "A3", "A4", "A5"] and ranking[
        "picked"
    ].tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert (
        rate["hits"] == 1
        and rate["hit_rate"] == 0.5
        and rate["base_pool"] == 0.4
        and rate["base_book"] == pytest.approx(1 / 3)
    )
    assert rate["most"] == 1.0
    assert rate["at_random"] == pytest.approx(
        1 - math.comb(3, 2) / math.comb(5, 2)
    )  # none of two in ten draws of two: 3 / 10
    # Wilson (1927) by hand for 1 of 2 at z = 1.96: (.5 + z^2/4 -+ z sqrt(.25/2 + z^2/16)) / (1 + z^2/2)
    z2 = 1.959964**2
    half = math.sqrt(z2) * math.sqrt(0.125 + z2 / 16)
    assert [rate["low"], rate["high"]] == pytest.approx(
        [(0.5 + z2 / 4 - half) / (1 + z2 / 2), (0.5 + z2 / 4 + half) / (1 + z2 / 2)]
    )


def test_ties_break_by_account_and_gaps_come_last():
    accounts = pd.DataFrame({"x": [1.0, NAN, 1.0]}, index=["B", "A", "C"])
    ranking, rate = next_key_accounts(accounts, ["x"], top=5)
    assert (
        ranking.index.tolist() == ["B", "C", "A"]
        and ranking["picked"].tolist() == [True, True, False]
        and rate.empty
    )
    assert ranking["rank"].isna().tolist() == [False, False, True]
    nobody = next_key_accounts(
        accounts[["x"]] * NAN, ["x"], outcome=pd.Series(0, index=accounts.index)
    ).hit_rate
    assert nobody["picked"] == 0 and math.isnan(nobody["hit_rate"]) and nobody["at_random"] == 1


# --- figures


def test_bands_and_panels_show_every_account():
    classes = pd.DataFrame(
        {"sales": ["A", "A", "B"], "cell": ["invest", "hold", "hold"]}, dtype="str"
    )
    axes = plots.alluvial(classes, "t", {"sales": ["A", "B"]}).axes[0]
    assert {text.get_text() for text in axes.texts} == {"A 2", "B 1", "invest 1", "hold 2"}
    assert (
        len(axes.patches) == 4 + 3
        and sum(bar.get_height() for bar in axes.patches[:4] if hasattr(bar, "get_height")) > 0
    )
    third = classes.assign(paint=pd.Series(["star", "cow", "dog"], dtype="str"), last="all")
    bands = [
        patch.get_facecolor()
        for patch in plots.alluvial(third, "t", {"sales": ["A", "B"]}).axes[0].patches
        if not hasattr(patch, "get_height")
    ]
    # three from sales, three from two cells, three from three classes: no colour stands twice
    assert len(bands) == 9 and not set(bands[3:6]) & set(bands[6:])
    panel = pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0], "kind": ["a", "b"]})
    fig = plots.matrix_panels(
        {"one": panel, "two": panel, "three": panel}, "t", {"one": (1.5, 1.5)}
    )
    assert len(fig.axes) == 3 and [
        text.get_text() for text in fig.axes[0].get_legend().get_texts()
    ] == ["a (1)", "b (1)"]
    ordered = plots.matrix_panels({"one": panel}, "t", orders={"one": ["b", "a", "c"]}).axes[0]
    assert [text.get_text() for text in ordered.get_legend().get_texts()] == ["b (1)", "a (1)"]
    chart = plots.matrix_map(
        panel, "t", "x", "y", (1.5, 1.5), {"a": (False, False), "b": (True, True)}
    )
    assert [text.get_text() for text in chart.axes[0].texts] == ["a 1", "b 1"]
    assert len(plots.number_of_groups(group_numbers(corners(n=10)), "t").axes) == 3
    assert (
        len(
            plots.grade_shares(pd.DataFrame({"A": [0.2], "B": [0.8]}, index=["A1"]), "t", "x")
            .axes[0]
            .patches
        )
        == 2
    )
    assert "4 branches" in [
        text.get_text() for text in plots.tree(corners(n=10), 4, "t").axes[0].texts
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.matrix_panels({}, "t"), "panels holds 0"),
        (lambda: plots.matrix_panels({"one": GOOD.iloc[:0]}, "t"), "0 rows"),
        (lambda: plots.alluvial(GOOD[["a"]], "t"), "at least 2 schemes"),
        (lambda: plots.grade_shares(GOOD.iloc[:0], "t", "x"), "0 rows"),
        (lambda: plots.number_of_groups(GOOD, "t"), "lacks 6 columns"),
        (lambda: plots.tree(GOOD * NAN, 2, "t"), "missing values"),
    ],
)
def test_figures_refuse_what_they_cannot_draw(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- planted truth


@pytest.fixture(scope="module")
def world():
    return build(seed=7)


def judged(tables, known, what):
    """Item -> whether it counts as recovered."""
    truth_of = {"value_grading": known, "value_grading_groups.csv": known["groups"]}
    found = what(tables)
    assert set(found) == {item.name for item in planted.ITEMS}
    return {
        item.name: truth.compare(item.planted(truth_of), found[item.name], item.tolerance)[0]
        for item in planted.ITEMS
    }


def test_the_naive_way_to_each_item_misses_it(world):
    """An item that a wrong method recovers too proves nothing."""
    known = dict(world.truth["value_grading"])
    assert all(judged(world.tables, known, planted.recover).values())
    wrong = {item.name: method.finds for item in planted.ITEMS for method in item.naive}
    assert list(wrong) == [item.name for item in planted.ITEMS]
    missed = judged(
        world.tables, known, lambda t: {name: finds(t) for name, finds in wrong.items()}
    )
    assert not any(missed.values())


def test_no_column_of_the_profile_knows_who_doubled():
    """Given what drives growth, a signal says nothing more of who doubled: over ten books the residuals of the signals
    and of the fit on the headroom and the fit have a mean of none among those who doubled (220 accounts, within 3.5
    standard errors; once it was 1.6 standard deviations of growth).
    """
    left = []
    for seed in range(10):
        core = build_core(600, 48, seed)
        tables, known = generator.build(stream(seed, "profile"), core, 48)
        plant, profile = known["groups"], tables["account_profile"]
        signal = (profile["growth"] - 0.04) / 0.03
        loading = generator.SIGNAL_LOADING["growth"]
        rest = (signal - loading * plant["headroom"]) / np.sqrt(1 - loading**2)
        left.append(rest[plant["doubled"] == 1])
        # the drivers keep their distribution: independent standard normals in the whole book
        assert abs(np.corrcoef(plant["headroom"], plant["fit"])[0, 1]) < 3.5 / np.sqrt(600)
        assert plant[["headroom", "fit"]].std().between(0.89, 1.11).all()
        assert (profile["product_fit"] == 1).sum() == 420
        # not everybody who doubled has a need that fits, and most who fit did not double
        assert 0 < profile["product_fit"][plant["doubled"] == 1].mean() <= 1
    left = np.concatenate(left)
    assert len(left) == 220 and abs(left.mean()) < 3.5 / np.sqrt(220)
    assert abs(left.std() - 1) < 3.5 / np.sqrt(2 * 220)


def test_growth_comes_from_headroom_and_fit_as_planted():
    """Over twenty books the regression of growth on both gives .70 and .35, within three standard errors."""
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        grown = generator.normal_scores(rng.normal(size=600))
        drivers = np.column_stack(generator._drivers(rng, grown))
        found.append(np.linalg.lstsq(drivers, grown, rcond=None)[0])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(20)
    assert (np.abs(mean - [generator.HEADROOM, generator.FIT]) < 3 * error).all()
    assert (error < 0.01).all()


def test_a_larger_book_finds_more_and_one_year_tells_nothing_of_the_next():
    small, large, short = (
        {
            name: np.mean(answers)
            for name, answers in planted.sample_size(
                n, months, 15, np.random.default_rng(0)
            ).items()
        }
        for n, months in ((30, 24), (600, 24), (600, 12))
    )
    assert (
        all(large[name] >= small[name] for name in large)
        and sum(large.values()) > sum(small.values()) + 0.5
    )
    assert [share for name, share in short.items() if "two years" in name] == [0, 0]


# --- bad input

BAD_TABLES = {
    "empty": (GOOD.iloc[:0], "0 accounts"),
    "no such column": (GOOD[["b", "c"]], "lacks 1 column"),
    "text": (GOOD.assign(a="many"), "not numbers"),
    "infinite": (GOOD.assign(a=INF), "infinite"),
    "repeated": (pd.concat([GOOD, GOOD]), "repeated"),
    "not a table": ([1, 2], "expected a DataFrame"),
}
CALLS = {
    "axis_scores": lambda t: axis_scores(t, {"x": ["a", "b"]}),
    "topsis": lambda t: topsis(t, ["a", "b"]),
    "rank_stability": lambda t: rank_stability(t, ["a", "b"]),
    "next_key_accounts": lambda t: next_key_accounts(t, ["a", "b"]),
}


@pytest.mark.parametrize("case", BAD_TABLES)
@pytest.mark.parametrize("call", CALLS)
def test_bad_tables(call, case):
    table, message = BAD_TABLES[case]
    with pytest.raises(ValueError, match=message):
        CALLS[call](table)


@pytest.mark.parametrize("call", ["topsis", "rank_stability", "next_key_accounts"])
@pytest.mark.parametrize(
    "weights",
    [{}, {"a": -1, "b": 2}, {"a": NAN, "b": 1}, {"a": 0, "b": 0}, {"a": INF}, {"a": "much"}, []],
    ids=str,
)
def test_bad_weights(call, weights):
    function = {
        "topsis": topsis,
        "rank_stability": rank_stability,
        "next_key_accounts": next_key_accounts,
    }[call]
    with pytest.raises(ValueError, match=r"weights|signals"):
        function(GOOD, weights)


@pytest.mark.parametrize("call", [topsis, rank_stability, next_key_accounts])
def test_weights_need_no_sum_of_one_and_unknown_benefits_are_refused(call):
    def value(weights):
        found = call(GOOD, weights)
        return (
            found
            if isinstance(found, pd.Series)
            else (found.ranking if isinstance(found, tuple) else found)["score"]
        )

    one, ten = value({"a": 0.75, "b": 0.25}), value({"a": 30, "b": 10})
    assert np.allclose(one, ten)
    with pytest.raises(ValueError, match="benefit names z"):
        call(GOOD, ["a"], {"z": False})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: axis_scores(GOOD, {}), "at least one axis"),
        (lambda: axis_scores(GOOD, {"x": ["a"]}, scale="log"), "'rank' or 'z'"),
        (lambda: axis_scores(GOOD, {"x": {"a": -1}}), r"axes\['x'\]"),
        (lambda: axis_scores(GOOD, {"x": ["a"]}, missing="skip"), "missing is 'skip'"),
        (lambda: grade_matrix(GOOD.iloc[:0]), "0 accounts"),
        (lambda: grade_matrix(GOOD[[]]), "columns -"),
        (lambda: grade_matrix(GOOD, {"a": 1}), r"cuts\['b'\]"),
        (
            lambda: grade_matrix(
                GOOD, {axis: [2, 1] for axis in GOOD}, levels=("low", "medium", "high")
            ),
            "rising",
        ),
        (lambda: grade_matrix(GOOD, dict.fromkeys(GOOD, NAN)), r"cuts\['a'\]"),
        (lambda: grade_matrix(GOOD, top=0), "q must be a fraction"),
        (lambda: grade_matrix(GOOD, levels=("a", "b", "c", "d")), "give cuts"),
        (lambda: grade_matrix(GOOD, {axis: [] for axis in GOOD}, levels=("low",)), "rising"),
        (lambda: paint_bcg(GOOD), "lacks 4 column"),
        (lambda: paint_bcg(frame(current=[1], future=[1]), flags=["loss"]), "flags are loss"),
        (
            lambda: paint_bcg(frame(current=[1], future=[1]), flags=[], wildcat="or"),
            "'any' or 'all'",
        ),
        (lambda: mcdonald_woodburn(GOOD), "lacks 2 column"),
        (lambda: fiocca(GOOD), "lacks 4 column"),
        (lambda: rank_stability(GOOD, ["a"], shares={"A": 0.5}), "the last 1"),
        (lambda: rank_stability(GOOD, ["a"], shares={"A": 0.5, "B": 0.5, "C": 1}), "rising"),
        (lambda: rank_stability(GOOD, ["a"], shares={}), "rising"),
        (lambda: rank_stability(GOOD, ["a"], certainty=0), "certainty is 0"),
        (lambda: rank_stability(GOOD, ["a"], draws=0), "draws must be at least 1"),
        (lambda: next_key_accounts(GOOD, ["a"], top=0), "top must be at least 1"),
        (
            lambda: next_key_accounts(GOOD, ["a"], pool=pd.Series(0, index=GOOD.index)),
            "pool holds none",
        ),
        (
            lambda: next_key_accounts(GOOD, ["a"], pool=pd.Series(2, index=GOOD.index)),
            "pool holds 2",
        ),
        (
            lambda: next_key_accounts(GOOD, ["a"], outcome=pd.Series([1, 0], index=GOOD.index[:2])),
            "outcome lacks accounts",
        ),
        (
            lambda: next_key_accounts(GOOD, ["a"], outcome=pd.Series(NAN, index=GOOD.index)),
            "outcome holds nan",
        ),
        (lambda: next_key_accounts(GOOD, ["a"], outcome=[1] * 8), "outcome lacks accounts"),
        (
            lambda: next_key_accounts(
                GOOD, ["a"], outcome=pd.Series(1, index=GOOD.index), confidence=1
            ),
            "confidence",
        ),
        (lambda: cluster_accounts(GOOD.iloc[:0]), "0 accounts"),
        (lambda: cluster_accounts(GOOD * 0, k=2), "1 of them different"),
        (lambda: cluster_accounts(GOOD.iloc[:1], k=2), "1 complete account"),
        (lambda: cluster_accounts(GOOD.iloc[:3]), "expected more than 3"),
        (lambda: cluster_accounts(GOOD, k=1), "k must be at least 2"),
        (lambda: cluster_accounts(GOOD, k=8), "expected more than 8"),
        (lambda: cluster_accounts(GOOD, k=2, scale="log"), "scale is 'log'"),
        (lambda: cluster_accounts(GOOD.assign(a=INF), k=2), "infinite"),
        (lambda: cluster_accounts(GOOD.assign(a=NAN), k=2), "0 complete accounts"),
        (lambda: cluster_accounts(pd.concat([GOOD, GOOD]), k=2), "repeated"),
        (lambda: cluster_accounts(GOOD, k=2, draws=-1), "draws must be at least 0"),
        (lambda: gap_statistic(GOOD, [1, 3]), "rise by 1"),
        (lambda: gap_statistic(GOOD, []), "rise by 1"),
        (lambda: gap_statistic(GOOD, [1, 2], references=1), "references must be at least 2"),
        (lambda: group_numbers(GOOD, k_max=2), "k_max must be at least 3"),
        (lambda: stability_by_noise(GOOD, [1], [0.1]), "a share >= 0 each"),
        (lambda: stability_by_noise(GOOD, [1] * 8, [0]), "positive number"),
        (lambda: stability_by_noise(GOOD, [1] * 8, []), "at least one positive"),
        (lambda: stability_by_noise(GOOD.iloc[:1], [1], [0.1]), "2 groups or more"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_topsis_takes_numbers_in_the_order_of_the_columns():
    named = topsis(AIRCRAFT, AIRCRAFT_WEIGHTS, {"cost": False})
    listed = topsis(
        AIRCRAFT, list(AIRCRAFT_WEIGHTS.values()), [True, True, True, False, True, True]
    )
    pd.testing.assert_series_equal(named, listed)
    with pytest.raises(ValueError, match="weights has 2 values for 6 criteria"):
        topsis(AIRCRAFT, [0.5, 0.5])
    with pytest.raises(ValueError, match="benefit has 1 values for 6 criteria"):
        topsis(AIRCRAFT, AIRCRAFT_WEIGHTS, [True])
