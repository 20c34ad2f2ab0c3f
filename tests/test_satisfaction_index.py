"""Satisfaction: the path model against published results, index, gaps and sample sizes by hand, and every bad input."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opened import bundled
from scipy import stats

from keyacct_utils.lessons.satisfaction_index import figures as plots
from keyacct_utils.lessons.satisfaction_index import index as sf
from keyacct_utils.lessons.satisfaction_index import pls
from keyacct_utils.lessons.satisfaction_index.pls import _inner
from keyacct_utils.truth import satisfaction_index as planted
from keyacct_utils.truth.interval_coverage import path_coverage

# Russett (1964), World Politics 16(3): 47 countries. gini, farm, rent, gnpr, labo, inst, ecks, death, demo, as in the data russa of
# the R package plspm of G. Sanchez.
RUSSETT = """
86.3 98.2 3.52 5.92 3.22 .07 4.06 5.38 2 | 92.9 99.6 3.4 7.1 2.64 .01 0 0 1 | 74 97.4 2.46 6.28 3.47 .03 1.61 0 2
58.7 85.8 4.15 6.92 2.3 .45 2.2 .69 1 | 93.8 97.7 3.04 4.19 4.28 .37 3.99 6.5 3 | 83.7 98.5 2.31 5.57 4.11 .45 3.91 .69 2
49.7 82.9 2.1 7.42 2.48 .01 3.14 0 1 | 93.8 99.7 2.67 5.19 3.4 .12 3.09 1.1 2 | 84.9 98.1 2.57 5.8 4.01 .18 3.87 5.76 2
88.1 99.1 1.86 5.73 4.01 .18 3 3.22 2 | 79.2 97.8 4 5.89 3.74 .07 4.62 7.97 3 | 45.8 79.3 1.5 6.82 3.14 .18 0 0 1
79.5 98.5 3.08 5.32 4.03 .01 1.95 3.47 3 | 86.4 99.3 2.75 5.32 3.97 .3 3.74 2.94 3 | 74 98.1 2.53 4.89 4.16 .61 3.83 1.1 3
82.8 98.8 2.78 5.5 4.14 .3 2.3 1.1 3 | 59.9 86.3 1.22 6.85 3.83 .5 1.61 0 2 | 58.3 86.1 3.3 6.95 3.26 1 3.85 .69 2
86 99.7 2.89 5.19 4.22 .25 3.83 4.06 3 | 74.7 99.4 2.93 5.48 3.87 .61 2.3 1.1 2 | 75.7 97.4 2.87 4.92 4.19 .07 3.83 4.72 3
52.2 86.9 3.99 4.28 4.26 0 4.43 2.71 1 | 88.1 99.3 4.33 5.27 4.39 .9 3.22 5.84 3 | 59.8 85.9 1.25 6.23 3.69 .12 2.3 0 1
80.3 98 3.21 6.09 3.37 .45 3.95 .69 2 | 47 81.5 1.36 5.48 3.69 .55 3.14 .69 2 | 70 93 2.25 4.5 4.32 .22 2.2 0 3
63.8 87.7 2.99 7.09 3.14 .03 0 0 1 | 60.5 86.2 3.99 6.56 2.4 .07 1.1 0 1 | 77.3 95.5 3.15 7.14 2.77 .03 0 0 1
75.7 96.4 3 5.54 4.22 .03 2.83 2.83 3 | 66.9 87.5 2.14 6.88 3.26 .03 .69 0 1 | 73.7 95 2.59 5.86 3.99 .5 3.4 3.26 3
87.5 96.9 3.21 4.94 4.09 .18 3.18 3.3 3 | 56.4 88.2 3.65 5.3 4.08 .1 2.77 5.68 3 | 45 77.7 0 6.15 4.04 0 3 1.79 3
67.1 94.6 3.04 4.89 4.17 0 3.93 6.91 3 | 78 99.5 3.8 5.54 3.91 0 3.14 .69 3 | 57.7 87.2 2.99 7.06 2.56 0 0 0 1
49.8 81.5 2.99 7.11 2.3 0 0 0 1 | 65.2 94.1 3.71 4.88 3.91 0 1.39 0 3 | 71 93.4 3.82 6.91 1.61 .07 2.56 0 1
70.5 95.4 3.06 7.76 2.3 .03 3.14 0 1 | 81.7 96.6 3.58 6.34 3.61 .18 .69 .69 1 | 90.9 99.3 3.07 6.64 3.74 .25 3.61 4.72 3
67.4 93 1.9 6.64 2.64 0 1.61 0 2 | 43.7 79.8 0 5.69 4.2 0 2.3 0 3
"""
ITEMS = ["gini", "farm", "rent", "gnpr", "labo", "inst", "ecks", "death", "demo"]
RUSSETT_BLOCKS = {"AGRI": ITEMS[:3], "IND": ITEMS[3:5], "POLINS": ITEMS[5:]}
# Results of the R package plspm for these data, mode A, as kept in the test data of its Python port (numbers only).
PUBLISHED = {
    "centroid": (
        [0.449473702634174, 0.496155987399176, 0.136560472539135, -0.515342730953322, 0.534338187492233, 0.128492891074649, 0.332060905671986, 0.375249831406165, 0.423778888932038],
        [0.970692446500297, 0.982710646169818, 0.557419724456527, -0.950882561126795, 0.954394793541574, 0.352689776310106, 0.844773711441629, 0.837706049745458, 0.849066583406537],
    ),
    "factor": (
        [0.450112611091541, 0.498527681215559, 0.131246653659146, -0.515069196604312, 0.534610700775961, 0.127160996843883, 0.332088599975242, 0.360266937441301, 0.438974576759562],
        [0.97137616017192, 0.983148011277587, 0.553498621212095, -0.950831152749863, 0.954444348581435, 0.3531339775112, 0.843396589047382, 0.831354698303597, 0.855409738318377],
    ),
    "path": (
        [0.450600061708624, 0.500353161400779, 0.127136648804299, -0.514860381190619, 0.534818717271676, 0.126150697195325, 0.332056288909909, 0.348775037087843, 0.450527097183906],
        [0.971889901333807, 0.983471075279681, 0.550458813259363, -0.950791891882968, 0.954482159331151, 0.353448041176388, 0.842233530031864, 0.826391628263933, 0.860144871264829],
    ),
}  # fmt: skip
#: The published run stopped earlier than ours (its test asks for a change of 1e-7), so the last digits differ.
AGREES = 2e-5
# Mobile phones, 250 customers (ECSI; Tenenhaus et al. 2005), as in the data mobi of the R package seminr: correlations of
# IMAG1-5, CUEX1-3, PERV1-2, CUSA1-3, the lower triangle.
MOBI = """
.389510
.262591 .130541
.445008 .297687 .413899
.429135 .295384 .337089 .427086
.242102 .286043 .219685 .222856 .257389
.276576 .203482 .249101 .303849 .364018 .325803
.209140 .301444 .117481 .247503 .120443 .213763 .107181
.345215 .220848 .275239 .342653 .187402 .264707 .135700 .243587
.382668 .279535 .342152 .516449 .300346 .277121 .189890 .261121 .700148
.451773 .405817 .218722 .439716 .442748 .324662 .369708 .331712 .328728 .420077
.380770 .271073 .320365 .433825 .387407 .299422 .270281 .254716 .386607 .507130 .539201
.527949 .366991 .287065 .491207 .450765 .306416 .279494 .221366 .487136 .604658 .489952 .592357
"""
MOBI_BLOCKS = {
    "Image": [f"IMAG{i}" for i in range(1, 6)],
    "Expectation": [f"CUEX{i}" for i in range(1, 4)],
    "Value": ["PERV1", "PERV2"],
    "Satisfaction": [f"CUSA{i}" for i in range(1, 4)],
}
# Consistent PLS (factor scheme) of these blocks on satisfaction, as kept in the test data of the R package seminr 2
# (numbers only): loadings, rho_A, paths.
SEMINR_LOADINGS = [0.681330024716575, 0.521278271799338, 0.410112763312163, 0.680389608942476, 0.638496321953613,
                   0.494277870827744, 0.487740006832332, 0.426779732808667, 0.741892556089151, 0.943732643413645,
                   0.719458946793877, 0.687819429423528, 0.794919273]  # fmt: skip
SEMINR_RHO = [0.745259028158099, 0.461548791591939, 0.857578544960532, 0.782558691647281]
SEMINR_PATHS = [0.537704707482867, 0.240967661696417, 0.25827986805094]
# Composite reliability and AVE of the same run, by its Python port 0.2.1.
SEMINR_COMPOSITE = [0.727125761, 0.459384553, 0.835613117, 0.778806312]
SEMINR_AVE = [0.354948338, 0.221447289, 0.720517934, 0.540871131]
BLOCKS = {name: list(items) for name, items in planted.BLOCKS.items()}
PATHS = planted.PATHS


def russett() -> pd.DataFrame:
    rows = [row.split() for row in RUSSETT.replace("\n", "|").split("|") if row.strip()]
    return pd.DataFrame(rows, columns=ITEMS).astype(float)


def simulated(n: int = 300, seed: int = 0, loading: float = 0.8) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    c = 0.6 * a + 0.3 * b + 0.6 * rng.normal(size=n)
    made = {
        f"{name}{i}": loading * latent / latent.std() + 0.6 * rng.normal(size=n)
        for name, latent in zip("ABC", (a, b, c), strict=True)
        for i in range(3)
    }
    return pd.DataFrame(made)


def with_correlations(corr: np.ndarray, names: list[str], n: int = 400) -> pd.DataFrame:
    """Rows that have exactly these correlations."""
    drawn = np.random.default_rng(0).normal(size=(n, len(names)))
    drawn -= drawn.mean(axis=0)
    white = drawn @ np.linalg.inv(np.linalg.cholesky(np.cov(drawn.T))).T
    return pd.DataFrame(white @ np.linalg.cholesky(corr).T, columns=names)


def planted_answers(*loadings: float) -> pd.DataFrame:
    """Rows with exactly the correlations that the latent model of linjiang has with these loadings
    of the items of each block (loyalty has the first two)."""
    drivers, beta = np.array([[1, 0.4, 0.3], [0.4, 1, 0.5], [0.3, 0.5, 1]]), [0.11, 0.53, 0.36]
    latent = np.eye(5)
    latent[:3, :3] = drivers
    latent[:3, 3] = latent[3, :3] = drivers @ beta
    latent[:4, 4] = latent[4, :4] = 0.8 * latent[:4, 3]
    sizes = [len(items) for items in BLOCKS.values()]
    own = np.concatenate([loadings[:size] for size in sizes])
    of = np.repeat(np.arange(5), sizes)
    corr = np.outer(own, own) * latent[np.ix_(of, of)]
    np.fill_diagonal(corr, 1)
    return with_correlations(corr, [item for items in BLOCKS.values() for item in items])


SMALL = {name: [f"{name}{i}" for i in range(3)] for name in "ABC"}
ARROWS = [("A", "C"), ("B", "C")]


@pytest.fixture(scope="module")
def survey():
    return bundled("linjiang").table("survey")


@pytest.mark.parametrize("scheme", ["centroid", "factor", "path"])
def test_path_model_agrees_with_the_published_results(scheme):
    model = sf.pls_path_model(
        russett(), RUSSETT_BLOCKS, {"POLINS": ["AGRI", "IND"]}, scheme, draws=0
    )
    weights, loadings = PUBLISHED[scheme]
    np.testing.assert_allclose(model.weights[ITEMS], weights, atol=AGREES)
    np.testing.assert_allclose(model.loadings[ITEMS], loadings, atol=AGREES)


def test_path_model_agrees_with_the_published_paths():
    model = sf.pls_path_model(russett(), RUSSETT_BLOCKS, {"POLINS": ["AGRI", "IND"]}, draws=0)
    assert model.paths["estimate"].tolist() == pytest.approx(
        [0.225638734859381, 0.671457266683851], abs=AGREES
    )
    assert model.r2["POLINS"] == pytest.approx(0.592258127561306, abs=AGREES)
    # what is published as AVE is the mean squared correlation of the items with their own score
    squared = model.loadings**2
    assert [squared[items].mean() for items in RUSSETT_BLOCKS.values()] == pytest.approx(
        [0.739560263000475, 0.907523533497158, 0.565174547673581], abs=AGREES
    )


def test_consistent_model_agrees_with_the_published_results():
    names = [item for items in MOBI_BLOCKS.values() for item in items]
    corr = np.eye(len(names))
    for i, row in enumerate(MOBI.strip().splitlines(), start=1):
        corr[i, :i] = corr[:i, i] = [float(value) for value in row.split()]
    model = sf.pls_path_model(
        with_correlations(corr, names),
        MOBI_BLOCKS,
        {"Satisfaction": ["Image", "Expectation", "Value"]},
        "factor",
        draws=0,
    )
    agrees = {"abs": 5e-6}  # the correlations above have six decimals
    assert model.consistent_loadings.tolist() == pytest.approx(SEMINR_LOADINGS, **agrees)
    assert model.blocks["rho_a"].tolist() == pytest.approx(SEMINR_RHO, **agrees)
    assert model.paths["disattenuated"].tolist() == pytest.approx(SEMINR_PATHS, **agrees)
    assert model.blocks["composite_reliability"].tolist() == pytest.approx(
        SEMINR_COMPOSITE, **agrees
    )
    assert model.blocks["ave"].tolist() == pytest.approx(SEMINR_AVE, **agrees)


@pytest.mark.parametrize("loadings", [(0.85, 0.85, 0.85), (0.95, 0.75, 0.45)])
@pytest.mark.parametrize("scheme", ["centroid", "factor", "path"])
def test_planted_loadings_reliabilities_and_paths_come_back_to_the_digit(loadings, scheme):
    model = sf.pls_path_model(planted_answers(*loadings), BLOCKS, PATHS, scheme, draws=0)
    exact = {"abs": 1e-7}
    assert model.paths["disattenuated"].tolist() == pytest.approx([0.11, 0.53, 0.36, 0.8], **exact)
    assert model.latent_correlations.loc["E", "Q"] == pytest.approx(0.4, **exact)
    for name, items in BLOCKS.items():
        own = loadings[: len(items)]
        assert model.consistent_loadings[items].tolist() == pytest.approx(own, **exact)
        block = model.blocks.loc[name]
        assert block["composite_reliability"] == pytest.approx(
            sum(own) ** 2 / (sum(own) ** 2 + sum(1 - x**2 for x in own)), **exact
        )
        assert block["ave"] == pytest.approx(np.mean(np.square(own)), **exact)
        # rho_A is the reliability of the score: its squared correlation with what the block stands for
        weights = model.weights[items].to_numpy()
        assert block["rho_a"] == pytest.approx((weights @ own) ** 2, **exact)


def test_reliability_from_the_scores_and_correction_by_alpha_overshoot():
    equal = sf.pls_path_model(planted_answers(0.85, 0.85, 0.85), BLOCKS, PATHS, draws=0)
    assert equal.blocks["composite_reliability"].tolist() == pytest.approx(
        [0.886503] * 4 + [0.838897], abs=1e-6
    )
    assert equal.blocks["ave"].tolist() == pytest.approx([0.7225] * 5)
    by_scores = [sf.composite_reliability(equal.loadings[BLOCKS[name]]) for name in ("Q", "L")]
    # the correlation of an item with its score, squared, is (1 + 2 r) / 3 or (1 + r) / 2, r = .7225
    share = [(1 + 2 * 0.7225) / 3, (1 + 0.7225) / 2]
    wrong = [k * x / (k * x + 1 - x) for k, x in zip((3, 2), share, strict=True)]
    assert by_scores == pytest.approx(wrong)
    assert wrong == pytest.approx([0.93, 0.925], abs=1e-3)
    unequal = sf.pls_path_model(planted_answers(0.95, 0.75, 0.45), BLOCKS, PATHS, draws=0)
    alphas = np.sqrt(unequal.blocks.loc[list("EQVS"), "alpha"])
    by_alpha = unequal.correlations.loc[list("EQVS"), list("EQVS")] / np.outer(alphas, alphas)
    drivers = by_alpha.loc[list("EQV"), list("EQV")].to_numpy(copy=True)
    np.fill_diagonal(drivers, 1)
    wrong = np.linalg.solve(drivers, by_alpha.loc[list("EQV"), "S"])
    assert wrong == pytest.approx([0.08511, 0.60711, 0.37504], abs=1e-5)
    assert unequal.paths["disattenuated"].loc[("Q", "S")] == pytest.approx(0.53)


def test_a_rho_above_one_counts_as_one_and_of_one_item_is_one():
    corr = np.array([[1, 0.3, 0.7], [0.3, 1, 0.1], [0.7, 0.1, 1]])
    data = with_correlations(corr, ["a1", "a2", "c"])
    model = sf.pls_path_model(data, {"A": ["a1", "a2"], "C": ["c"]}, [("A", "C")], draws=0)
    # weights in the proportion of .7 to .1: rho_A = (w'w)^2 .3 / (w1 w2) = (.5 / .542)^2 .3 / (.07 / .542) = 1.98
    assert model.blocks["rho_a"].tolist() == [1, 1]
    assert model.paths["disattenuated"].iloc[0] == pytest.approx(model.paths["estimate"].iloc[0])
    assert model.blocks.loc["A", "ave"] <= 1 and model.blocks.loc["C", "ave"] == 1


def test_the_centroid_scheme_takes_the_sign_of_each_correlation():
    """Its formula, e = sign(r) over joined blocks: three blocks in a row, of which two disagree."""
    corr = np.array([[[1.0, 0.4, -0.2], [0.4, 1.0, -0.3], [-0.2, -0.3, 1.0]]])
    into = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
    signs = [[0, 1, 0], [1, 0, -1], [0, -1, 0]]
    assert _inner("centroid", corr, into)[0].tolist() == signs
    assert _inner("factor", corr, into)[0].tolist() == (np.abs(signs) * corr[0]).tolist()


def test_a_block_that_is_turned_round_only_changes_its_signs():
    # The centroid scheme needs the sign of each correlation: C has neighbours that pull either way.
    data, turned = simulated(), simulated()
    turned[SMALL["B"]] = -turned[SMALL["B"]]
    for scheme in ("centroid", "factor", "path"):
        first, second = (
            sf.pls_path_model(each, SMALL, ARROWS, scheme, draws=0) for each in (data, turned)
        )
        assert second.weights.to_numpy() == pytest.approx(first.weights.to_numpy(), abs=1e-7)
        for kind in ("estimate", "disattenuated"):
            assert second.paths[kind].tolist() == pytest.approx(
                (first.paths[kind] * [1, -1]).tolist(), abs=1e-7
            )
    # and a score points where most of its items do
    one = simulated().assign(A0=lambda d: -d["A0"])
    model = sf.pls_path_model(one, SMALL, ARROWS, draws=0)
    assert model.loadings[SMALL["A"]].sum() > 0 > model.loadings["A0"]
    assert model.blocks.loc["A", "alpha"] == pytest.approx(
        sf.pls_path_model(data, SMALL, ARROWS, draws=0).blocks.loc["A", "alpha"]
    )


def test_a_driver_that_drives_nothing_leaves_the_others_corrected():
    # its weights are learned from nothing, now and then one against the others: its items count alike then
    data, rng = simulated(150), np.random.default_rng(3)
    nothing = rng.normal(size=150)
    for item in SMALL["B"]:
        data[item] = 0.8 * nothing + 0.6 * rng.normal(size=150)
    model = sf.pls_path_model(data, SMALL, ARROWS, draws=300)
    assert model.resampled.notna().all(axis=None)
    assert model.paths.notna().all(axis=None)
    low, high = model.paths.loc[("B", "C"), ["disattenuated_low", "disattenuated_high"]]
    assert low < 0 < high and high - low < 0.6


def test_a_difference_of_paths_is_taken_within_each_resample():
    model = sf.pls_path_model(simulated(150), SMALL, ARROWS, draws=200)
    for kind in ("estimate", "disattenuated"):
        found = sf.path_difference(model, ("A", "C"), ("B", "C"), kind)
        drawn = model.resampled[kind][("A", "C")] - model.resampled[kind][("B", "C")]
        assert (found.low, found.high) == pytest.approx(tuple(drawn.quantile([0.025, 0.975])))
        assert found.estimate == pytest.approx(model.paths[kind].diff(-1).iloc[0])
    narrow = sf.path_difference(model, ("A", "C"), ("B", "C"), "estimate", confidence=0.5)
    wide = sf.path_difference(model, ("A", "C"), ("B", "C"), "estimate")
    assert wide.low < narrow.low < narrow.high < wide.high
    # the limits are those of the resamples, or wider where items weighed alike ask for it
    drawn = model.resampled["estimate"].quantile([0.025, 0.975])
    assert (model.paths["low"].to_numpy() <= drawn.loc[0.025].to_numpy() + 1e-12).all()
    assert (model.paths["high"].to_numpy() >= drawn.loc[0.975].to_numpy() - 1e-12).all()
    with pytest.raises(ValueError, match="model has no resamples"):
        sf.path_difference(
            sf.pls_path_model(simulated(), SMALL, ARROWS, draws=0), ("A", "C"), ("B", "C")
        )
    with pytest.raises(ValueError, match="lacks the path A -> B; it has A -> C, B -> C"):
        sf.path_difference(model, ("A", "B"), ("B", "C"))


def test_the_share_explained_has_an_interval():
    model = sf.pls_path_model(simulated(200), SMALL, ARROWS)
    low, high = model.r2_limits.loc["C"]
    assert low < model.r2["C"] < high and high - low == pytest.approx(0.19, abs=0.06)


def test_two_blocks_of_one_item_are_a_correlation():
    data = russett()
    model = sf.pls_path_model(data, {"X": ["gini"], "Y": ["farm"]}, [("X", "Y")], draws=0)
    assert model.paths["estimate"].iloc[0] == pytest.approx(data["gini"].corr(data["farm"]))
    assert model.paths["disattenuated"].iloc[0] == pytest.approx(model.paths["estimate"].iloc[0])
    assert model.blocks[["alpha", "rho_a", "composite_reliability", "ave"]].eq(1).all(axis=None)


def test_correction_undoes_attenuation_by_hand():
    # one source: path = r, corrected = r / sqrt(rho rho'); of two items rho_A = (w'w)^2 r12 / (w1 w2)
    data = simulated()
    blocks = {"A": ["A0", "A1"], "C": ["C0", "C1"]}
    model = sf.pls_path_model(data, blocks, [("A", "C")], draws=0)
    r = model.scores.corr().loc["A", "C"]
    rhos = []
    for first, second in blocks.values():
        one, other = model.weights[first], model.weights[second]
        rhos.append((one**2 + other**2) ** 2 * data[first].corr(data[second]) / (one * other))
    assert model.blocks["rho_a"].tolist() == pytest.approx(rhos)
    assert model.paths["estimate"].iloc[0] == pytest.approx(r)
    assert model.paths["disattenuated"].iloc[0] == pytest.approx(r / np.sqrt(rhos[0] * rhos[1]))
    assert model.latent_correlations.loc["A", "C"] == pytest.approx(r / np.sqrt(rhos[0] * rhos[1]))


def test_correction_recovers_the_latent_path_that_the_raw_one_understates():
    # latents: C = .6 A + .3 B + .6 e, sd sqrt(.45 + .36) = .9; loadings .8 / sqrt(.8^2 + .6^2) = .8
    truth = np.array([0.6, 0.3]) / 0.9
    paths = sf.pls_path_model(simulated(20_000), SMALL, ARROWS, draws=0).paths
    assert paths["disattenuated"].tolist() == pytest.approx(truth.tolist(), abs=0.02)
    assert (paths["estimate"] < truth - 0.03).all()


def test_a_block_that_contradicts_itself_leaves_the_corrected_path_missing():
    rng = np.random.default_rng(5)
    data = pd.DataFrame(np.linalg.qr(rng.normal(size=(60, 3)))[0], columns=["a1", "a2", "c"])
    data["a2"] -= 0.5 * data["a1"]  # the two items disagree, yet both go with c
    data["c"] += 2 * data["a1"] + 2 * data["a2"]
    model = sf.pls_path_model(data, {"A": ["a1", "a2"], "C": ["c"]}, [("A", "C")])
    assert model.blocks.loc["A", "alpha"] < 0
    assert model.paths[["disattenuated", "disattenuated_low"]].isna().all(axis=None)
    assert model.paths[["estimate", "low", "high"]].notna().all(axis=None)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from(["centroid", "factor", "path"]),
    st.floats(0.1, 50),
    st.floats(-20, 20),
)
def test_units_of_the_items_and_order_of_the_rows_do_not_matter(seed, scheme, factor, shift):
    data = simulated(80, seed)
    moved = (data * factor + shift).sample(frac=1, random_state=seed)
    first, second = (
        sf.pls_path_model(each, SMALL, ARROWS, scheme, draws=0) for each in (data, moved)
    )
    np.testing.assert_allclose(first.paths, second.paths, atol=1e-6)
    np.testing.assert_allclose(first.scores.var(ddof=0), 1, atol=1e-6)
    assert (first.loadings.groupby(lambda item: item[0]).sum() > 0).all()
    assert np.allclose(
        first.loadings, [data[item].corr(first.scores[item[0]]) for item in data], atol=1e-6
    )


def test_the_last_step_is_least_squares_of_the_scores():
    model = sf.pls_path_model(simulated(), SMALL, ARROWS, draws=0)
    design = model.scores[["A", "B"]].to_numpy()
    beta, rest, *_ = np.linalg.lstsq(design, model.scores["C"].to_numpy(), rcond=None)
    assert model.paths["estimate"].tolist() == pytest.approx(beta.tolist(), abs=1e-9)
    assert model.r2["C"] == pytest.approx(1 - rest[0] / len(design), abs=1e-9)


def test_intervals_hold_the_estimate_repeat_and_shrink():
    small, again, large = (
        sf.pls_path_model(simulated(n), SMALL, ARROWS).paths for n in (120, 120, 4_000)
    )
    assert small.equals(again)
    for table in (small, large):
        assert (table["low"] < table["estimate"]).all() and (
            table["estimate"] < table["high"]
        ).all()
        assert (table["disattenuated_low"] < table["disattenuated"]).all()
    ratio = ((small["high"] - small["low"]) / (large["high"] - large["low"])).mean()
    assert 3.5 < ratio < 9  # about sqrt(4000 / 120) = 5.8


def test_bootstrap_spread_is_that_of_repeated_surveys():
    estimates = [
        sf.pls_path_model(simulated(200, seed), SMALL, ARROWS, draws=0).paths["estimate"].iloc[0]
        for seed in range(100)
    ]
    widths = [
        np.diff(
            sf.pls_path_model(simulated(200, seed), SMALL, ARROWS).paths[["low", "high"]].iloc[0]
        )
        for seed in range(10)
    ]
    assert np.mean(widths) == pytest.approx(2 * 1.96 * np.std(estimates), rel=0.2)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"scheme": "cluster"}, "scheme is 'cluster': expected 'centroid'"),
        ({"data": simulated().drop(columns="A1")}, "data lacks 1 column.*A1"),
        ({"data": simulated().assign(A1="x")}, r"data\.A1: 300 value\(s\) are not numbers"),
        (
            {"data": simulated().assign(A1=np.nan)},
            "data: 300 values are missing or infinite, in A1",
        ),
        ({"data": simulated().mask(simulated() > 2.5, np.inf)}, "missing or infinite"),
        ({"data": simulated().assign(A1=5.0)}, r"same answer everywhere \(A1\)"),
        ({"data": simulated().head(9)}, "has 9 rows.*at least 10"),
        ({"data": simulated().head(0)}, "has 0 rows"),
        ({"data": simulated().head(1)}, "has 1 rows"),
        ({"data": simulated() * 0}, "same answer everywhere"),
        ({"data": [[1, 2]]}, "data is a list: expected a DataFrame"),
        ({"blocks": {**SMALL, "A": []}}, "expected 2 or more blocks with an item each"),
        ({"blocks": {}}, "expected 2 or more blocks"),
        ({"blocks": {**SMALL, "B": ["A0", "B1"]}}, "items A0 stand in more than one place"),
        ({"paths": []}, "paths is empty"),
        ({"paths": [("A", "D")]}, "paths names D: expected the blocks A, B, C"),
        ({"paths": [("A", "C")]}, "blocks B are on no path"),
        ({"paths": [*ARROWS, ("C", "A")]}, "paths run in a circle"),
        ({"paths": [*ARROWS, ("A", "C")]}, "paths repeats"),
        ({"paths": ["AC"]}, r"expected pairs \(source, target\)"),
        ({"draws": -1}, "draws must be at least 0"),
        ({"confidence": 1.0}, "confidence must be a fraction"),
    ],
)
def test_bad_models(change, match):
    arguments = {"data": simulated(), "blocks": SMALL, "paths": ARROWS, "draws": 20, **change}
    with pytest.raises(ValueError, match=match):
        sf.pls_path_model(**arguments)


def test_collinear_sources_cannot_be_told_apart():
    data = simulated().assign(B0=lambda d: d["A0"], B1=lambda d: d["A1"], B2=lambda d: d["A2"])
    with pytest.raises(ValueError, match="perfectly collinear"):
        sf.pls_path_model(data, SMALL, ARROWS, draws=0)


def test_reliability_by_hand():
    # two items: alpha = 4 cov / var of the sum = 2 r / (1 + r) for equal variances
    x = np.array([[1.0, 2], [2, 1], [3, 4], [4, 3]])
    r = np.corrcoef(x.T)[0, 1]
    assert sf.cronbach_alpha(x) == pytest.approx(2 * r / (1 + r)) == pytest.approx(0.75)
    assert sf.cronbach_alpha([[1, 1], [2, 2], [3, 3]]) == pytest.approx(1)
    assert sf.cronbach_alpha([[1, 3], [2, 2.5], [3, 0]]) < 0
    assert sf.average_variance_extracted([0.8, 0.7, 0.6]) == pytest.approx(1.49 / 3)
    # loadings of .8, .7, .6: (2.1)^2 / (2.1^2 + .36 + .51 + .64) = 4.41 / 5.92
    assert sf.composite_reliability([0.8, 0.7, 0.6]) == pytest.approx(4.41 / 5.92)


@given(st.floats(0.05, 0.99), st.integers(2, 8))
def test_equal_loadings_make_alpha_and_composite_reliability_one_formula(loading, k):
    r = loading**2
    assert sf.composite_reliability([loading] * k) == pytest.approx(k * r / (1 + (k - 1) * r))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: sf.cronbach_alpha([[1], [2]]), "items holds 1 item"),
        (lambda: sf.cronbach_alpha([[1, 2]]), "has 1 rows"),
        (lambda: sf.cronbach_alpha([[1, 2], [1, 3]]), "same answer everywhere"),
        (lambda: sf.cronbach_alpha([[1, np.nan], [1, 3]]), "missing or infinite"),
        (
            lambda: sf.cronbach_alpha([[1, 3], [2, 2], [3, 1]]),
            "sum is the same for every respondent",
        ),
        (lambda: sf.cronbach_alpha(pd.DataFrame()), "has 0 rows"),
        (lambda: sf.average_variance_extracted([1.2, 0.5]), "loadings are 1.2, 0.5"),
        (lambda: sf.composite_reliability([1.2, 0.5]), "loadings are 1.2, 0.5"),
        (lambda: sf.composite_reliability([0.0, 0.0]), "not all 0"),
        (lambda: sf.composite_reliability([]), "0 columns"),
    ],
)
def test_bad_reliability(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_index_against_the_published_number():
    # Fornell et al. 1996: 100 (7.5 - 1) / 9
    assert sf.index_score([8, 7, 7.5]) == pytest.approx(72.2222222)
    assert sf.index_score([1, 1, 1]) == 0 and sf.index_score([10, 10, 10]) == 100
    assert sf.index_score(
        pd.Series([4, 5], index=["a", "b"]), {"b": 3, "a": 1}, low=1, high=5
    ) == pytest.approx(93.75)
    table = pd.DataFrame({"a": [1, 10], "b": [10, 10]}, index=["R1", "R2"])
    assert sf.index_score(table).to_dict() == {"R1": 50, "R2": 100}


@given(
    st.lists(st.lists(st.integers(1, 10), min_size=3, max_size=3), min_size=1, max_size=20),
    st.lists(st.floats(0.01, 9), min_size=3, max_size=3),
    st.floats(0.1, 7),
)
def test_index_stays_on_its_scale_and_takes_weights_as_relative(rows, weights, factor):
    table = pd.DataFrame(rows, columns=list("abc"))
    found = sf.index_score(table, weights)
    assert found.between(-1e-9, 100 + 1e-9).all()
    np.testing.assert_allclose(
        found, sf.index_score(table, [factor * weight for weight in weights]), atol=1e-9
    )
    assert found.mean() == pytest.approx(sf.index_score(table.mean(), weights))


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([],), "0 columns"),
        (([8, 11],), "items: 1 values outside 1-10"),
        (([0, 5],), "recode them"),
        (([8, np.nan],), "missing or infinite"),
        ((["a", 5],), "are not numbers"),
        ((pd.DataFrame({"a": [1, None]}),), "missing or infinite, in a of respondents 1"),
        (([8, 7], [1]), "weights holds 1 values: expected 2"),
        (([8, 7], [1, -1]), "expected numbers of 0 or more"),
        (([8, 7], [0, 0]), "not all 0"),
        (([8, 7], [np.nan, 1]), "weights: 1 values are missing"),
        ((pd.DataFrame({"a": [5]}), {"b": 1}), "weights names b"),
        (([8, 7], None, 10, 1), "low below high"),
    ],
)
def test_bad_index(arguments, match):
    with pytest.raises(ValueError, match=match):
        sf.index_score(*arguments)


def test_importance_performance_by_hand():
    importance, performance = (
        pd.Series({"E": 0.1, "Q": 0.5, "V": 0.4, "X": 0.2}),
        pd.Series({"Q": 55.0, "V": 70.0, "E": 50.0, "X": 65.0}),
    )
    table = sf.importance_performance(importance, performance)  # means .3 and 60
    assert list(table.index) == ["Q", "V", "X", "E"]
    assert table["quadrant"].to_dict() == {
        "Q": "improve first",
        "V": "keep up",
        "X": "no more than now",
        "E": "low priority",
    }
    assert set(
        sf.importance_performance(importance, performance, cuts=(0.0, 50.0))["quadrant"]
    ) == {"keep up"}


@pytest.mark.parametrize(
    ("importance", "performance", "match"),
    [
        (pd.Series({"a": 1.0}), pd.Series({"a": 1.0}), "2 or more drivers"),
        (pd.Series({"a": 1.0, "b": 2.0}), pd.Series({"a": 1.0, "c": 2.0}), "the same"),
        (
            pd.Series({"a": 1.0, "b": np.nan}),
            pd.Series({"a": 1.0, "b": 2.0}),
            "missing or infinite",
        ),
    ],
)
def test_bad_importance_performance(importance, performance, match):
    with pytest.raises(ValueError, match=match):
        sf.importance_performance(importance, performance)


def test_servqual_against_the_worked_example():
    # unweighted gaps -.65 -1.10 -.83 -.70 -1.01: mean -.858
    expected = pd.DataFrame({name: [7.0] for name in "abcde"})
    perceived = expected.add([-0.65, -1.10, -0.83, -0.70, -1.01])
    table = sf.servqual_gap(perceived, expected)
    assert table.loc["all", "gap"] == pytest.approx(-0.858) and np.isnan(
        table.loc["all", "standard_error"]
    )
    weighted = sf.servqual_gap(
        perceived, expected, weights={"a": 2, "b": 1, "c": 1, "d": 1, "e": 0}
    )
    assert weighted.loc["all", "gap"] == pytest.approx((-1.30 - 1.10 - 0.83 - 0.70) / 5)


def test_servqual_dimensions_and_interval():
    perceived, expected = (
        pd.DataFrame({"1": [5, 7, 6], "2": [5, 5, 6], "3": [9, 9, 9]}),
        pd.DataFrame({"1": [7, 7, 7], "2": [7, 8, 6], "3": [8, 9, 9]}),
    )
    table = sf.servqual_gap(perceived, expected, {"x": ["1", "2"], "y": ["3"]})
    difference = np.array([-2.0, -1.5, -0.5])
    assert table.loc["x", "gap"] == pytest.approx(difference.mean())
    low, high = stats.t.interval(0.95, 2, difference.mean(), stats.sem(difference))
    assert table.loc["x", ["low", "high"]].tolist() == pytest.approx([low, high])
    assert table["items"].tolist() == [2, 1, 3] and table.loc["all", "gap"] == pytest.approx(
        (difference.mean() + 1 / 3) / 2
    )


def test_the_22_items_are_each_in_one_dimension():
    assert sorted(itertools.chain(*sf.SERVQUAL_ITEMS.values())) == [
        f"{i:02d}" for i in range(1, 23)
    ]


ONE = pd.DataFrame({"a": [5, 6]})


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((ONE, ONE.head(1)), "the same respondents and item names"),
        ((ONE, ONE.rename(columns={"a": "b"})), "the same respondents and item names"),
        ((ONE.head(0), ONE.head(0)), "perceived has 0 rows"),
        ((ONE * 2, ONE), "perceived: 1 values outside 1-10"),
        ((ONE, ONE, {"x": ["z"]}), "perceived lacks 1 column"),
        ((ONE, ONE, {"x": []}), "each with items"),
        ((ONE, ONE, {"all": ["a"]}), "none called 'all'"),
        ((ONE, ONE, {"x": ["a"]}, {"y": 1}), "weights names y"),
        ((ONE.assign(a=[1, np.nan]), ONE), "missing or infinite"),
    ],
)
def test_bad_gaps(arguments, match):
    with pytest.raises(ValueError, match=match):
        sf.servqual_gap(*arguments)


def test_pairs_keep_those_who_answered_all():
    survey = pd.DataFrame(
        {
            "perceived_01": [5, 6, None],
            "expected_01": [7, None, 7],
            "perceived_02": [1, 2, 3],
            "expected_02": [4, 5, 6],
            "perceived_03": [1, 1, 1],
        }
    )
    perceived, expected = sf.servqual_pairs(survey)
    assert list(perceived) == list(expected) == ["01", "02"] and list(perceived.index) == [0]
    with pytest.raises(ValueError, match="no perceived_ and expected_ columns of the same item"):
        sf.servqual_pairs(survey[["perceived_03"]])


def test_net_promoter_score_against_the_definition():
    found = sf.net_promoter_score([3] * 10 + [7] * 20 + [9] * 70)
    assert found.score == pytest.approx(60) and found.standard_error == pytest.approx(
        6.6332496
    )  # 100 sqrt((.8 - .36) / 100)
    assert (found.promoters, found.detractors, found.n) == (0.7, 0.1, 100)
    assert sf.net_promoter_score([10, 10]).standard_error == 0


@given(st.lists(st.integers(0, 10), min_size=1, max_size=60))
def test_net_promoter_score_is_a_mean_of_signs(scores):
    signs = 100 * np.where(np.array(scores) >= 9, 1, np.where(np.array(scores) <= 6, -1, 0))
    found = sf.net_promoter_score(scores)
    assert found.score == pytest.approx(signs.mean()) and found.standard_error == pytest.approx(
        signs.std() / np.sqrt(len(scores)), abs=1e-6
    )
    assert -100 <= found.low <= found.score <= found.high <= 100
    assert found.promoters + found.passives + found.detractors == pytest.approx(1)


@pytest.mark.parametrize(
    ("scores", "match"),
    [
        ([], "0 rows"),
        ([11], "outside 0-10"),
        ([-1], "outside 0-10"),
        ([np.nan], "missing"),
        (["x"], "not numbers"),
    ],
)
def test_bad_recommendation(scores, match):
    with pytest.raises(ValueError, match=match):
        sf.net_promoter_score(scores)


VALUES, COSTS = (
    pd.DataFrame({"product": [70, 60], "service": [50, 40]}),
    pd.DataFrame({"money": [40, 90], "time": [10, 20]}),
)


def test_delivered_value_in_points():
    found = sf.delivered_value(VALUES, COSTS)
    assert found.to_numpy().tolist() == [[120, 50, 70], [100, 110, -10]]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((VALUES.head(0), COSTS), "values has 0 rows"),
        ((VALUES.head(1), COSTS), "expected the same ones"),
        ((-VALUES, COSTS), "values: 4 values outside 0-inf"),
        ((VALUES, COSTS.assign(time=np.nan)), "costs: 2 values are missing"),
    ],
)
def test_bad_delivered_value(arguments, match):
    with pytest.raises(ValueError, match=match):
        sf.delivered_value(*arguments)


def test_sample_sizes_against_published_tables():
    # Cohen 1988, table 2.4.1: two means, alpha .05 on two sides, power .80
    assert [sf.required_sample_size(d, 1, power=0.8) for d in (0.5, 0.8)] == [64, 26]
    assert sf.required_sample_size(0.5, 1, power=0.9) == 86  # 85 by the normal distribution


def test_a_sample_size_is_that_of_t_and_not_of_z():
    # s = 15.2: z gives (1.96 15.2 / 8)^2 = 13.9 and 8.9, t with 16 and 11 degrees of freedom 7.8 and 9.7 points
    assert [sf.required_sample_size(m, 15.2) for m in (8, 10)] == [17, 12]
    for n, margin in ((17, 8), (12, 10)):
        assert stats.t.ppf(0.975, n - 1) * 15.2 / np.sqrt(n) <= margin
        assert stats.t.ppf(0.975, n - 2) * 15.2 / np.sqrt(n - 1) > margin
    assert sf.required_sample_size(100, 1) == 2
    # exactly at the margin is enough: t(3) = 3.18245
    assert sf.required_sample_size(stats.t.ppf(0.975, 3) / 2, 1) == 4
    assert sf.required_sample_size(8, 15.2, confidence=0.9) == 12


@pytest.mark.parametrize("population", [2, 9, 40, 1_000])
def test_a_small_population_needs_fewer_and_never_more_than_all(population):
    n = sf.required_sample_size(8, 15.2, population=population)

    def half(n):
        left = np.sqrt(max(population - n, 0) / (population - 1))
        return stats.t.ppf(0.975, n - 1) * 15.2 / np.sqrt(n) * left

    assert 2 <= n <= min(17, population) and half(n) <= 8
    assert n == 2 or half(n - 1) > 8
    assert sf.required_sample_size(1e-6, 5, population=population) == population
    assert sf.required_sample_size(8, 15.2, population=1) == 1


@given(st.floats(0.1, 20), st.floats(0.1, 30), st.integers(2, 5_000))
def test_the_size_found_reaches_the_margin_and_one_less_does_not(margin, sd, population):
    n = sf.required_sample_size(margin, sd)
    half = stats.t.ppf(0.975, n - 1) * sd / np.sqrt(n)
    assert half <= margin * (1 + 1e-6)
    assert n == 2 or stats.t.ppf(0.975, n - 2) * sd / np.sqrt(n - 1) > margin * (1 - 1e-6)
    assert sf.required_sample_size(margin, sd, population=population) <= min(n, population)


@pytest.mark.parametrize(("difference", "power"), [(0.4, 0.8), (0.9, 0.6), (3.0, 0.95)])
def test_the_size_of_a_comparison_has_the_power_and_one_less_has_not(difference, power):
    n = sf.required_sample_size(difference, 1, power=power)

    def reached(n):
        free, shift = 2 * n - 2, difference * np.sqrt(n / 2)
        cut = stats.t.ppf(0.975, free)
        return stats.nct.sf(cut, free, shift) + stats.nct.cdf(-cut, free, shift)

    assert reached(n) >= power and (n == 2 or reached(n - 1) < power)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"margin": 0}, "margin is 0"), ({"sd": -1}, "sd is -1"), ({"sd": np.nan}, "sd is nan"), ({"margin": np.inf}, "margin is inf"),
        ({"confidence": 1}, "confidence must be"), ({"power": 1.0}, "power must be"), ({"population": 0}, "population must be at least 1"),
        ({"population": 10, "power": 0.8}, "both given"),
    ],
)  # fmt: skip
def test_bad_sample_size(arguments, match):
    with pytest.raises(ValueError, match=match):
        sf.required_sample_size(**{"margin": 1.0, "sd": 1.0, **arguments})


def test_group_means_by_hand():
    # groups of 2: means 2 and 6, within (1 + 1 + 1 + 1) / 2 = 2, among 2 (2^2 + 2^2) = 16, between^2 = (16 - 2) / 2 = 7
    found = sf.group_means(pd.Series([1.0, 3, 5, 7]), pd.Series(list("aabb")))
    assert found.between_sd == pytest.approx(np.sqrt(7)) and found.within_sd == pytest.approx(
        np.sqrt(2)
    )
    assert found.table["reliability"].tolist() == pytest.approx([7 / 8, 7 / 8])
    assert found.table["shrunken"].tolist() == pytest.approx([4 - 2 * 7 / 8, 4 + 2 * 7 / 8])
    assert found.p_value == pytest.approx(stats.f_oneway([1, 3], [5, 7]).pvalue)


def test_means_of_groups_of_different_sizes_by_hand():
    # means 2, 7, 2 of 2, 3, 1 answers, 4.5 of all: within (2 + 8) / 3, among 6.25 (2 + 3 + 1) / 2 = 18.75,
    # n0 = (6 - 14 / 6) / 2 = 11/6, between^2 = (18.75 - 10/3) / (11/6) = 8.409
    found = sf.group_means(pd.Series([1.0, 3, 5, 7, 9, 2]), pd.Series(list("aabbbc")))
    between, within = (18.75 - 10 / 3) / (11 / 6), 10 / 3
    assert found.between_sd**2 == pytest.approx(between)
    assert found.within_sd**2 == pytest.approx(within)
    assert found.p_value == pytest.approx(stats.f.sf(18.75 / within, 2, 3))
    trust = between / (between + within / np.array([2, 3, 1]))
    assert found.table["reliability"].tolist() == pytest.approx(trust.tolist())
    assert found.table["shrunken"].tolist() == pytest.approx(
        (4.5 + trust * (np.array([2, 7, 2]) - 4.5)).tolist()
    )
    reach = stats.t.ppf(0.975, 3) * np.sqrt(within / np.array([2, 3, 1]))
    assert (found.table["high"] - found.table["mean"]).tolist() == pytest.approx(reach.tolist())
    # F.975(2, 3) = 16.04 and F.025(2, 3) = 0.02553
    assert found.ratio.estimate == pytest.approx(between / within)
    assert found.ratio.low == 0
    assert found.ratio.high == pytest.approx((5.625 / 0.0255329 - 1) / (11 / 6), rel=1e-4)


def test_the_reliability_of_a_mean_has_the_interval_of_the_f_test():
    rng = np.random.default_rng(4)
    groups = pd.Series(np.repeat(np.arange(30), 8))
    scores = pd.Series(np.repeat(rng.normal(size=30), 8) + rng.normal(size=240))
    found = sf.group_means(scores, groups)
    five = sf.mean_reliability(found, 5)
    seen = found.ratio.estimate * 8 + 1
    assert five.low == pytest.approx(
        5 * (r := (seen / stats.f.ppf(0.975, 29, 210) - 1) / 8) / (1 + 5 * r)
    )
    assert five.low < five.estimate < five.high < 1
    # of means of 8, the reliability is 1 - 1 / F (Shrout & Fleiss 1979)
    assert sf.mean_reliability(found, 8).estimate == pytest.approx(1 - 1 / seen)
    assert found.table["reliability"].iloc[0] == pytest.approx(1 - 1 / seen)
    assert found.table["reliability_low"].iloc[0] == pytest.approx(
        sf.mean_reliability(found, 8).low
    )
    with pytest.raises(ValueError, match="n must be at least 1"):
        sf.mean_reliability(found, 0)


def test_the_interval_of_a_reliability_covers_what_was_planted():
    rng, inside = np.random.default_rng(6), 0
    groups = pd.Series(np.repeat(np.arange(15), 6))
    for _ in range(200):
        scores = pd.Series(np.repeat(rng.normal(size=15), 6) + 2 * rng.normal(size=90))
        found = sf.mean_reliability(sf.group_means(scores, groups), 5)
        inside += found.low <= 5 * 0.25 / (1 + 5 * 0.25) <= found.high
    assert 182 <= inside <= 198  # 95 % of 200 is 190, give or take 3


def test_groups_whose_answers_do_not_differ_within_are_believed():
    found = sf.group_means(pd.Series([1.0, 1, 3, 3]), pd.Series(list("aabb")))
    assert found.table[["reliability", "reliability_low"]].eq(1).all(axis=None)
    assert sf.mean_reliability(found, 5) == (1, 1, 1) and found.p_value == 0


def test_groups_without_a_difference_have_no_reliability():
    found = sf.group_means(pd.Series([1.0, 3, 1, 3]), pd.Series(list("aabb")))
    assert (
        found.between_sd == 0
        and (found.table["reliability"] == 0).all()
        and (found.table["shrunken"] == 2).all()
    )


def test_rankings_of_real_differences_agree_and_of_noise_do_not():
    rng = np.random.default_rng(1)
    groups = pd.Series(np.repeat(np.arange(20), 12))
    noise = pd.Series(rng.normal(size=240))
    alike, apart = (sf.rank_agreement(noise + factor * groups, groups) for factor in (0, 1))
    assert alike.correlation < 0.25 and apart.correlation > 0.95 and apart.best_stays > 0.95
    assert alike.groups == 20 and alike.by_chance == 0.25
    assert sf.rank_agreement(noise, groups) == sf.rank_agreement(noise, groups)


def test_rankings_are_compared_as_in_the_plain_loop():
    rng, n, draws = np.random.default_rng(2), 2, 30
    groups = pd.Series(np.repeat(np.arange(8), 5))
    # A scale of four points: ties in every draw.
    scores = pd.Series(rng.integers(1, 5, 40).astype(float))
    found = sf.rank_agreement(scores, groups, n=n, draws=draws, random_state=9)
    again, kept, stays = np.random.default_rng(9), [], 0
    for _ in range(draws):
        picked = [again.permutation(part.to_numpy()) for _, part in scores.groupby(groups)]
        first, second = ([part[k : k + n].mean() for part in picked] for k in (0, n))
        kept.append(stats.spearmanr(first, second).statistic)
        stays += (np.array(second) > second[int(np.argmax(first))]).sum() < 2
    assert found.correlation == pytest.approx(np.mean(kept))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(kept, [0.025, 0.975])))
    assert found.best_stays == stays / draws
    constant = sf.rank_agreement(pd.Series(np.ones(40)), groups, n=n, draws=3)
    assert constant.correlation == 0


FOUR = pd.Series([1.0, 2, 3, 4])


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: sf.group_means(FOUR, pd.Series(list("aaa"))), "scores has 4 answers, groups 3"),
        (lambda: sf.group_means(FOUR, pd.Series(list("aaaa"))), "1 different groups"),
        (lambda: sf.group_means(FOUR, pd.Series(list("abcd"))), "a group with 2 answers"),
        (lambda: sf.group_means(FOUR * 0, pd.Series(list("aabb"))), "answers that differ"),
        (lambda: sf.group_means(FOUR, pd.Series(["a", "a", "b", None])), "1 answers have none"),
        (lambda: sf.group_means(FOUR * np.nan, pd.Series(list("aabb"))), "missing or infinite"),
        (
            lambda: sf.rank_agreement(FOUR, pd.Series(list("aabb")), n=1),
            "expected at least 4; lower n",
        ),
        (lambda: sf.rank_agreement(FOUR, pd.Series(list("aabb")), n=0), "n must be at least 1"),
        (lambda: sf.recovery_effect(FOUR, FOUR, FOUR.head(3)), "expected the same"),
        (lambda: sf.recovery_effect(FOUR, FOUR, FOUR), "at least 5 respondents"),
        (
            lambda: sf.recovery_effect(
                pd.Series(range(6)), pd.Series(range(6)), pd.Series([1.0] * 6)
            ),
            "6 complaints answered within 48 h, 0 later",
        ),
        (
            lambda: sf.recovery_effect(
                pd.Series([np.nan] * 6), pd.Series(range(6)), pd.Series([1.0] * 6)
            ),
            "missing or infinite",
        ),
    ],
)
def test_bad_groups(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_recovery_is_least_squares_on_complainers_only():
    rng = np.random.default_rng(2)
    satisfied, hours = (
        pd.Series(rng.normal(6, 1, 200)),
        pd.Series(rng.uniform(1, 96, 200)).where(rng.random(200) < 0.5),
    )
    loyal = 2 + 0.5 * satisfied + 0.4 * (hours < 48)
    found = sf.recovery_effect(loyal + 5 * hours.isna(), satisfied, hours)
    assert found.estimate == pytest.approx(0.4) and found.high - found.low < 1e-6
    noisy = loyal + rng.normal(0, 0.5, 200)
    for confidence in (0.95, 0.8):
        known = hours.notna()
        prompt = (hours[known] < 48).astype(float)
        design = np.column_stack([np.ones(known.sum()), prompt, satisfied[known]])
        beta, rest, *_ = np.linalg.lstsq(design, noisy[known].to_numpy(), rcond=None)
        free = known.sum() - 3
        error = np.sqrt(rest[0] / free * np.linalg.inv(design.T @ design)[1, 1])
        reach = stats.t.ppf(0.5 + confidence / 2, free) * error
        assert tuple(sf.recovery_effect(noisy, satisfied, hours, 48, confidence)) == pytest.approx(
            (beta[1], beta[1] - reach, beta[1] + reach)
        )
    complained = hours.notna()
    late, prompt = (
        (noisy - 0.5 * satisfied)[complained & (hours >= 48)],
        (noisy - 0.5 * satisfied)[complained & (hours < 48)],
    )
    assert sf.recovery_effect(noisy, satisfied, hours).estimate == pytest.approx(
        prompt.mean() - late.mean(), abs=0.05
    )


def words(fig):
    return " ".join(
        text.get_text()
        for axes in fig.axes
        for text in axes.texts + axes.get_xticklabels() + axes.get_yticklabels()
    )


def test_figures_name_what_they_show():
    model = sf.pls_path_model(simulated(), SMALL, ARROWS)
    drawn = words(plots.path_diagram(model.paths, "A drives C", {"A": "alpha"}, model.r2))
    strongest = model.paths.loc[("A", "C")]
    assert (
        "alpha" in drawn
        and f"{strongest['disattenuated']:.2f} ({strongest['estimate']:.2f})" in drawn
        and "R²" in drawn
    )
    table = pd.DataFrame(
        {"importance": [0.1, 0.5], "performance": [60.0, 50.0], "error": [1.0, 1.0]},
        index=["E", "Q"],
    )
    drawn = words(
        plots.importance_performance_map(table, "Q first", (0.3, 55.0), {"E": "expectations"})
    )
    assert "expectations" in drawn and "improve first" in drawn
    gaps = pd.DataFrame(
        {
            "expected": [7.0, 8],
            "perceived": [6.5, 8.1],
            "gap": [-0.5, 0.1],
            "low": [-0.6, 0],
            "high": [-0.4, 0.2],
        },
        index=["speed", "care"],
    )
    assert "speed" in words(plots.gap_radar(gaps, "Speed falls short", (5, 9)))


def test_figures_refuse_what_they_cannot_draw():
    with pytest.raises(ValueError, match="paths lacks 2 columns"):
        plots.path_diagram(pd.DataFrame({"x": [1]}), "t")
    with pytest.raises(ValueError, match="table has 1 missing values"):
        plots.importance_performance_map(
            pd.DataFrame({"importance": [np.nan], "performance": [1.0]}), "t", (0, 0)
        )
    with pytest.raises(ValueError, match="gaps has 0 rows"):
        plots.gap_radar(pd.DataFrame(), "t", (0, 1))


def test_everything_planted_in_the_book_is_recovered(survey):
    from keyacct_utils import truth

    verdicts = truth.check(bundled("linjiang"), "06", planted.recover({"survey": survey}))
    assert set(verdicts["verdict"]) == {"PASS"}


def test_a_larger_survey_finds_more():
    small, large = (
        planted.sample_size(accounts, 36, 8, np.random.default_rng(0)) for accounts in (20, 300)
    )
    means = pd.DataFrame(
        {
            "small": {k: np.mean(v) for k, v in small.items()},
            "large": {k: np.mean(v) for k, v in large.items()},
        }
    )
    assert (means["large"] >= means["small"] - 0.1).all() and means["large"].sum() > means[
        "small"
    ].sum() + 0.5


def test_the_interval_of_a_path_that_is_nothing_holds_0():
    """Once the raw path of an idle driver held 0 in 87 % of surveys of 60: its weights follow chance,
    and those of the resamples follow them. 100 surveys: an honest 95 % falls below 88 % in 1 of 300.
    """
    found = path_coverage(60, "E", surveys=100).loc["estimate"]
    assert found["covered"] >= 0.88 and found["plain"] <= found["covered"] - 0.02


def test_items_weighed_alike_by_hand():
    """Two blocks of two items: every correlation within is 1/2 and across 1/4, so each score has
    variance 3/4 of its two items' and the scores correlate by (4 x 1/4) / (2 + 1) = 1/3.
    """
    items = np.full((4, 4), 0.25)
    items[:2, :2] = items[2:, 2:] = 0.5
    np.fill_diagonal(items, 1.0)
    upright = np.kron(np.eye(2), np.ones((2, 1)))
    into = np.array([[False, True], [False, False]])
    found = pls._weighed_alike(items[None], upright, into)
    assert found["estimate"][0, 0, 1] == pytest.approx(1 / 3)
    # rho_A of such a block is 2 x 1/2 / (1 + 1/2) = 2/3, so the corrected path is 1/2
    assert found["disattenuated"][0, 0, 1] == pytest.approx(1 / 2)


def test_an_answer_at_the_limit_is_late():
    """Fewer hours than the limit are in time: 48 of 48 are not, so the gain is 8 - 5 points."""
    hours = pd.Series([10.0, 20.0, 30.0, 48.0, 60.0, 70.0])
    loyal = pd.Series([8.0, 7.0, 9.0, 5.0, 4.0, 6.0])
    same = pd.Series(50.0, hours.index)
    assert sf.recovery_effect(loyal, same, hours, limit=48.0).estimate == pytest.approx(3.0)
